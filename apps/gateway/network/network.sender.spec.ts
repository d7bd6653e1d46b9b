import { NetworkMember, ProjectNetwork } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { Outgoing, SessionLink } from '../session/session.port.js';
import { behindAfterMs, NetworkSender } from './network.sender.js';

class Link implements SessionLink {
  readonly nodeId = 'node';
  readonly epoch = 1;
  open = true;
  readonly sent: Outgoing[] = [];
  /** Resolved when the agent takes what was sent. */
  taken: Promise<boolean> = Promise.resolve(true);

  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return this.taken;
  }
  supersede(): void {
    this.open = false;
  }
  get states() {
    return this.sent.map((message) => {
      if (message.$case !== 'network') throw new Error(`${message.$case} is no network`);
      return message.value;
    });
  }
}

const nothing = new Uint8Array();
const network = (projectId: string, vni = 1): ProjectNetwork => ({
  ...ProjectNetwork.decode(nothing),
  projectId,
  vni,
});
const turn = async () => {
  for (let step = 0; step < 50; step += 1) await Promise.resolve();
};

describe('what a node is told of its networks', () => {
  let link: Link;
  let now: number;
  let sender: NetworkSender;
  beforeEach(() => {
    link = new Link();
    now = 10_000;
    sender = new NetworkSender(link, () => now);
  });
  const told = () =>
    link.states.map(({ generation, full, projects, removedProjects, more }) => [
      generation,
      full,
      projects.map((one) => `${one.projectId}${one.vni}`).join(),
      removedProjects.join(),
      more,
    ]);

  it('begins with everything, also when that is nothing, and goes on with what changed', async () => {
    sender.begin();
    await turn();
    sender.set('a', network('a'));
    sender.set('b', network('b'));
    sender.flush();
    await turn();
    sender.set('a', network('a', 2));
    sender.set('b', network('b'));
    sender.flush();
    await turn();
    expect(told()).toEqual([
      [1, true, '', '', false],
      [2, false, 'a1,b1', '', false],
      [3, false, 'a2', '', false],
    ]);
  });

  it('says nothing before all of a session’s beginning is known, and nothing twice', async () => {
    sender.set('a', network('a'));
    sender.flush();
    await turn();
    expect(link.sent).toEqual([]);
    sender.begin();
    await turn();
    sender.set('a', network('a'));
    sender.flush();
    await turn();
    expect(told()).toEqual([[1, true, 'a1', '', false]]);
  });

  it('takes away what the node had, and only that', async () => {
    sender.set('a', network('a'));
    sender.begin();
    await turn();
    expect([sender.knows('a'), sender.knows('b')]).toEqual([true, false]);
    sender.set('a', null);
    sender.set('b', null);
    expect(sender.knows('a')).toBe(false);
    sender.flush();
    await turn();
    sender.set('a', network('a'));
    sender.flush();
    await turn();
    expect(told().slice(1)).toEqual([
      [2, false, '', 'a', false],
      [3, false, 'a1', '', false],
    ]);
  });

  it('gathers what changes while an agent is slow to take', async () => {
    let take: (value: boolean) => void = () => undefined;
    link.taken = new Promise((resolve) => (take = resolve));
    sender.begin();
    await turn();
    for (const vni of [1, 2, 3]) {
      sender.set('a', network('a', vni));
      sender.flush();
      await turn();
    }
    expect(link.sent).toHaveLength(1);
    take(true);
    await turn();
    expect(told()[1]).toEqual([2, false, 'a3', '', false]);
  });

  it('sends what is large in parts of one generation, the removals with the last', async () => {
    sender.set('z', network('z'));
    sender.begin();
    await turn();
    const member = { ...NetworkMember.decode(nothing), containerId: 'c'.repeat(100) };
    const members = Array.from({ length: 4_000 }, (_, ordinal) => ({ ...member, ordinal }));
    for (const id of ['a', 'b', 'c']) sender.set(id, { ...network(id), members });
    sender.set('z', null);
    sender.flush();
    await turn();
    const parts = told().slice(1);
    expect(parts.map(([generation]) => generation)).toEqual(parts.map(() => 2));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(([, , , removed, more]) => [removed, more])).toEqual([
      ...parts.slice(1).map(() => ['', true]),
      ['z', false],
    ]);
    expect(parts.map(([, , projects]) => projects).join()).toBe('a1,b1,c1');
  });

  it('knows since when a node owes a confirmation', async () => {
    sender.begin();
    await turn();
    expect([sender.confirmed, sender.behindSince]).toEqual([false, null]);
    now += behindAfterMs;
    expect(sender.behindSince).toBeNull();
    now += 1;
    expect(sender.behindSince).toEqual(new Date(10_000));
    expect(sender.lagMs).toBe(behindAfterMs + 1);
    sender.set('a', network('a'));
    sender.flush();
    await turn();
    sender.applied(1, []);
    expect([sender.confirmed, sender.behindSince, sender.lagMs]).toEqual([true, null, 0]);
    sender.applied(2, []);
    now += 60_000;
    expect([sender.behindSince, sender.lagMs]).toEqual([null, 0]);
  });

  it('counts a node as behind for as long as it has problems', async () => {
    sender.begin();
    await turn();
    sender.applied(1, ['The bridge could not be made.']);
    now += 5;
    sender.applied(1, ['The bridge could not be made.']);
    expect(sender.behindSince).toEqual(new Date(10_000));
    sender.applied(1, []);
    expect(sender.behindSince).toBeNull();
  });
});
