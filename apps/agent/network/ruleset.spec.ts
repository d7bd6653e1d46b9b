import { ruleset } from './ruleset.js';
import { member, network, place, there } from './testing/network-fixture.js';

const setOf = (text: string, name: string): string[] => {
  const content = new RegExp(`set ${name} \\{[^\\n]*elements = \\{ (.*) \\} \\}`).exec(text)?.[1] ?? '';
  return content === '' ? [] : content.split(', ');
};

describe('the packet filter', () => {
  const text = ruleset(place, [network()], []);

  it('lets packets of a project go on along its own devices only', () => {
    expect(setOf(text, 'ways')).toEqual(['"phb7" . "phb7"', '"phb7" . "phx7"', '"phx7" . "phb7"']);
    const two = ruleset(place, [network(), network({ projectId: 'p2', vni: 8, range: '10.64.4.0/22' })], []);
    expect(setOf(two, 'ways').filter((way) => way.includes('7') && way.includes('8'))).toEqual([]);
  });

  it('knows who may send from where', () => {
    expect(setOf(text, 'residents')).toEqual(['"phb7" . 10.64.0.10']);
    expect(setOf(text, 'distant')).toEqual(['"phx7" . 10.64.0.11', '"phx7" . 10.64.3.253']);
    expect(setOf(text, 'nodes')).toEqual(['"phx7" . 10.64.3.253']);
    expect(setOf(text, 'peers')).toEqual(['192.0.2.2']);
    expect(setOf(text, 'ranges')).toEqual(['10.64.0.0/22']);
  });

  it('replaces its whole table at once, and no other', () => {
    expect(text.startsWith('table inet pierhead_aaaaaaaa\ndelete table inet pierhead_aaaaaaaa\ntable inet ')).toBe(
      true,
    );
    expect(text.match(/table inet (\S+)/g)?.every((line) => line.endsWith('pierhead_aaaaaaaa'))).toBe(true);
  });

  it('is the same text for the same network, in whatever order its members were told', () => {
    const members = [member({ address: '10.64.0.12', containerId: 'c3' }), ...network().members];
    const turned = ruleset(place, [network({ members: [...members].reverse() })], []);
    expect(turned).toBe(ruleset(place, [network({ members })], []));
  });

  it('names each node that several projects share once', () => {
    const both = ruleset(place, [network(), network({ projectId: 'p2', vni: 8, range: '10.64.4.0/22' })], []);
    expect(setOf(both, 'peers')).toEqual(['192.0.2.2']);
    expect(there).not.toBe(place.nodeId);
  });
});
