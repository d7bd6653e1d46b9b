import { awaitedLinks, patienceMs, type LinkedServiceView } from './awaited-links.js';

const startedAt = new Date('2030-01-01T00:00:00Z');
const after = (ms: number) => new Date(startedAt.getTime() + ms);
const deployment = { kind: 'create' as const, startedAt };
const linked = (given: Partial<LinkedServiceView> = {}): LinkedServiceView => ({
  id: 'b',
  name: 'db',
  deploying: true,
  replicas: 2,
  containers: 2,
  addressed: 1,
  linksTo: [],
  ...given,
});
const awaits = (one: LinkedServiceView, ms = 0, id = 'a') => awaitedLinks(id, deployment, [one], after(ms));

describe('waiting for linked services', () => {
  it('lasts while they are deployed and have not all their addresses, and says for whom', () => {
    expect(awaits(linked())?.sentence).toBe('It waits for the addresses of "db", which it links to.');
    expect(awaits(linked({ containers: 0, addressed: 0 }))).not.toBeNull();
    expect(awaits(linked({ containers: 1, addressed: 1 }))).not.toBeNull();
    expect(awaits(linked({ addressed: 2 }))).toBeNull();
  });

  it('counts on no number with a service on every node', () => {
    expect(awaits(linked({ replicas: 0, containers: 3, addressed: 2 }))).not.toBeNull();
    expect(awaits(linked({ replicas: 0, containers: 0, addressed: 0 }))).not.toBeNull();
    expect(awaits(linked({ replicas: 0, containers: 3, addressed: 3 }))).toBeNull();
  });

  it('does not begin for a service that is not being deployed, nor for itself', () => {
    expect(awaits(linked({ deploying: false, addressed: 0 }))).toBeNull();
    expect(awaits(linked({ id: 'a' }))).toBeNull();
  });

  it('ends', () => {
    expect(awaits(linked(), patienceMs - 1)).not.toBeNull();
    expect(awaits(linked(), patienceMs)).toBeNull();
  });

  it('looks again soon at first, then less often', () => {
    expect(awaits(linked(), 0)?.lookAgainAt).toEqual(after(100));
    expect(awaits(linked(), 4_000)?.lookAgainAt).toEqual(after(5_000));
    expect(awaits(linked(), 20_000)?.lookAgainAt).toEqual(after(22_000));
  });

  it('is only for deployments that make containers', () => {
    expect(awaitedLinks('a', { kind: 'scale', startedAt }, [linked()], startedAt)).toBeNull();
    expect(awaitedLinks('a', null, [linked()], startedAt)).toBeNull();
    expect(awaitedLinks('a', { kind: 'redeploy', startedAt }, [linked()], startedAt)).not.toBeNull();
  });

  it('holds one of two services that link to each other, and the same one from both sides', () => {
    const first = awaits(linked({ id: 'b', linksTo: ['a'] }), 0, 'a');
    const second = awaits(linked({ id: 'a', linksTo: ['b'] }), 0, 'b');
    expect([first, second].filter((one) => one === null)).toHaveLength(1);
  });
});
