import fc from 'fast-check';
import type { ProjectNetwork as WireNetwork } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import { NetworkInbox } from './network.inbox.js';
import { isAddress, projectNetworkFromWire } from './project.network.js';

const wire = (changes: Partial<WireNetwork> = {}): WireNetwork => ({
  ...{ projectId: 'p1', organizationId: 'o1', vni: 7, range: '10.64.0.0/22', gateway: '10.64.0.1' },
  ...{ nodeAddress: '10.64.3.254', members: [], peers: [], publicAddresses: [], idleServices: [] },
  ...changes,
});
const state = (changes: object = {}) => ({
  ...{ generation: 1, full: true, projects: [wire()], removedProjects: [], more: false },
  ...changes,
});

describe('a network as it is told', () => {
  it.each([
    [{ range: '10.64.0.0' }],
    [{ range: '10.64.0.0/22; drop' }],
    [{ gateway: '' }],
    [{ nodeAddress: '10.64.0.300' }],
    [{ vni: 0 }],
    [{ vni: 2 ** 24 }],
    [{ peers: [{ nodeId: 'n', underlayAddress: 'node-2', nodeAddress: '10.64.3.253' }] }],
  ])('is refused with a sentence where it says %j', (changes) => {
    expect(() => projectNetworkFromWire(wire(changes))).toThrow(/The network of project p1 has/);
  });

  it('becomes commands only of what is an address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.ipV4().map((ip) => `${ip} dev lo`),
        ),
        (text) => {
          expect(isAddress(text)).toBe(
            /^\d+(\.\d+){3}$/.test(text) && text.split('.').every((n) => Number(n) < 256 && String(Number(n)) === n),
          );
        },
      ),
    );
    fc.assert(fc.property(fc.ipV4(), (address) => expect(isAddress(address)).toBe(true)));
  });
});

describe('the inbox', () => {
  it('waits for the last part', () => {
    const inbox = new NetworkInbox();
    expect(inbox.receive(state({ more: true }))).toBeNull();
    const change = inbox.receive(state({ projects: [wire({ projectId: 'p2' })], removedProjects: ['p9'] }));
    expect(change?.networks.map(({ projectId }) => projectId)).toEqual(['p1', 'p2']);
    expect(change?.removed).toEqual(['p9']);
    expect(inbox.receive(state({ projects: [] }))?.networks).toEqual([]);
  });

  it('takes the rest when one network can’t be read, and says which', () => {
    const change = new NetworkInbox().receive(state({ projects: [wire({ projectId: 'bad', vni: 0 }), wire()] }));
    expect(change?.networks.map(({ projectId }) => projectId)).toEqual(['p1']);
    expect(change?.problems).toEqual(['The network of project bad has the number 0.']);
  });
});
