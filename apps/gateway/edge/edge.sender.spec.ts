import { EdgeProject } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { EdgeAcknowledgement } from '#libs/core/edge/edge-directory.port.js';
import type { Outgoing, SessionLink } from '../session/session.port.js';
import { EdgeSender } from './edge.sender.js';

class Link implements SessionLink {
  readonly nodeId = 'a';
  readonly epoch = 1;
  open = true;
  readonly sent: Outgoing[] = [];
  taken: Promise<boolean> = Promise.resolve(true);
  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return this.taken;
  }
  supersede(): void {
    this.open = false;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const nothing = new Uint8Array();
const project = (projectId: string, hosts: string[] = []): EdgeProject => ({
  ...EdgeProject.decode(nothing),
  projectId,
  challenges: hosts.map((host) => ({ host, token: 't', response: 'r' })),
});

describe('what one edge is sent', () => {
  let link: Link;
  let notes: EdgeAcknowledgement[];
  let sender: EdgeSender;
  let now = 1_000;
  const states = () => link.sent.flatMap((message) => (message.$case === 'edge' ? [message.value] : []));
  beforeEach(() => {
    link = new Link();
    notes = [];
    sender = new EdgeSender(
      link,
      null,
      (note) => notes.push(note),
      () => now,
    );
  });

  it('is nothing before all of it is known, and then everything, also when that is nothing', async () => {
    sender.flush();
    await turn();
    expect(states()).toEqual([]);
    sender.begin();
    await turn();
    expect(states()).toEqual([{ generation: 1, full: true, projects: [], removedProjects: [], more: false }]);
  });

  it('is the last of what changed while the agent was slow to take', async () => {
    let take: (value: boolean) => void = () => undefined;
    link.taken = new Promise((resolve) => (take = resolve));
    sender.begin();
    await turn();
    for (const [at, host] of ['a', 'b', 'c'].entries()) {
      sender.set('p', project('p', [host]), at);
      sender.flush();
      await turn();
    }
    expect(states()).toHaveLength(1);
    take(true);
    await turn();
    expect(states()[1]?.projects[0]?.challenges.map(({ host }) => host)).toEqual(['c']);
    sender.projectApplied('p', 2, []);
    expect(notes).toEqual([{ projectId: 'p', version: 2, problems: [] }]);
  });

  it('is large in parts of one generation, the removals with the last', async () => {
    sender.set('gone', project('gone'), 1);
    sender.begin();
    await turn();
    const hosts = Array.from({ length: 3_000 }, () => 'h'.repeat(200));
    for (const id of ['a', 'b', 'c']) sender.set(id, project(id, hosts), 2);
    sender.set('gone', null, 2);
    sender.flush();
    await turn();
    const parts = states().slice(1);
    expect(parts.length).toBeGreaterThan(1);
    expect(new Set(parts.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect(parts.map(({ more }) => more)).toEqual(parts.map((_, at) => at < parts.length - 1));
    expect(parts.flatMap(({ removedProjects }) => removedProjects)).toEqual(['gone']);
    expect(parts.at(-1)?.removedProjects).toEqual(['gone']);
    expect(parts.flatMap(({ projects }) => projects.map(({ projectId }) => projectId))).toEqual(['a', 'b', 'c']);
  });

  it('is waited for from when it was sent', async () => {
    sender.set('p', project('p'), 5);
    sender.begin();
    await turn();
    now += 700;
    expect([sender.lagMs, sender.projects]).toEqual([700, 1]);
    sender.applied(1);
    expect(sender.lagMs).toBe(0);
    sender.applied(1);
    expect(notes).toEqual([{ projectId: 'p', version: 5, problems: null }]);
  });

  it('is never noted newer than the edge has said', async () => {
    sender.set('p', project('p', ['1']), 1);
    sender.begin();
    await turn();
    for (const version of [2, 3, 4]) {
      sender.set('p', project('p', [String(version)]), version);
      sender.flush();
      await turn();
    }
    sender.projectApplied('p', 3, []);
    sender.projectApplied('p', 2, []);
    expect(notes.map(({ version }) => version)).toEqual([3]);
    sender.projectApplied('p', 2, [{ routeId: 'r', sentence: 'Not yet.' }]);
    expect(notes.pop()).toEqual({ projectId: 'p', version: 0, problems: [{ routeId: 'r', sentence: 'Not yet.' }] });
    // What was sent last is said to be true of a later moment, which says nothing of the edge.
    sender.set('p', project('p', ['4']), 9);
    sender.flush();
    await turn();
    expect(notes).toHaveLength(1);
    sender.projectApplied('p', 4, []);
    expect(notes.at(-1)).toMatchObject({ version: 9 });
  });
});
