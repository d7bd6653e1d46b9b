import { randomUUID } from 'node:crypto';
import type { Assignment, ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';
import { containerTemplate } from '#libs/domain/container/template.js';
import { restartPolicy } from '#libs/domain/service/spec.js';
import { Slots } from '#libs/platform/concurrency/slots.js';
import { createLog } from '#libs/platform/log.js';
import { FakeAgentDirectory } from '#libs/testing/agent-directory.fake.js';
import { chunked } from './assignment.chunk.js';
import { AssignmentSender } from './assignment.sender.js';
import { fullAt, ReportWriter } from './report.writer.js';
import type { Outgoing, SessionLink } from './session.port.js';

const assignment = (value = ''): Assignment => ({
  containerId: randomUUID(),
  generation: 1,
  desired: 'running',
  name: 'web-1',
  organizationId: randomUUID(),
  projectId: randomUUID(),
  serviceId: null,
  serviceName: null,
  ordinal: 1,
  template: containerTemplate.parse({ image: 'busybox', environment: [{ name: 'A', value }] }),
  restart: restartPolicy.parse({}),
  platformEnvironment: [],
  credentials: null,
  restartNonce: 0,
  privateAddress: null,
  volumes: [],
  volumeSet: null,
  volumesFrom: [],
});

const observed = { state: 'running', incarnation: 1 } as ObservedContainer;
const report = (sequence: number): ContainerReport => ({ sequence, containerId: 'c', generation: 1, observed });

class Link implements SessionLink {
  readonly epoch = 1;
  readonly sent: Outgoing[] = [];
  open = true;
  reason: string | null = null;
  constructor(readonly nodeId: string) {}

  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return Promise.resolve(this.open);
  }

  supersede(reason: string): void {
    this.reason = reason;
    this.open = false;
  }
}

const log = createLog('test', 'silent');
const turn = async () => {
  for (let step = 0; step < 50; step += 1) await Promise.resolve();
};

describe('chunks of assignments', () => {
  it('hold at most 500, and say when more follow', () => {
    const all = Array.from({ length: 1_001 }, () => assignment());
    const chunks = [...chunked(all)];
    expect(chunks.map(({ chunk, more }) => [chunk.length, more])).toEqual([
      [500, true],
      [500, true],
      [1, false],
    ]);
    expect([...chunked([])]).toEqual([{ chunk: [], more: false }]);
  });

  it('stay below a message’s size', () => {
    const all = Array.from({ length: 20 }, () => assignment('x'.repeat(131_072)));
    const sizes = [...chunked(all)].map(({ chunk }) => chunk.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20);
  });
});

describe('assignment sender', () => {
  let directory: FakeAgentDirectory;
  let link: Link;
  let sender: AssignmentSender;
  beforeEach(() => {
    directory = new FakeAgentDirectory();
    link = new Link(directory.addNode());
    sender = new AssignmentSender(link, directory, new Slots(1), log);
  });

  it('begins with the full set, then sends only what changed, from where it was', async () => {
    directory.assign(link.nodeId, assignment());
    sender.kick();
    await turn();
    directory.assign(link.nodeId, assignment());
    directory.assign(link.nodeId, assignment());
    sender.kick();
    sender.kick();
    await turn();
    expect(link.sent.map((message) => message.$case)).toEqual(['assignments', 'change']);
    expect(link.sent[1]).toMatchObject({ value: { baseGeneration: 1, generation: 3, assignments: [{}, {}] } });
  });

  it('sends nothing when nothing changed, and goes on after the directory was away', async () => {
    sender.kick();
    await turn();
    sender.kick();
    await turn();
    expect(link.sent).toHaveLength(1);
    directory.available = false;
    directory.assign(link.nodeId, assignment());
    sender.kick();
    await turn();
    directory.available = true;
    sender.poll(Date.now() + 5_000, 1_000);
    await turn();
    expect(link.sent.at(-1)).toMatchObject({ $case: 'change', value: { baseGeneration: 0, generation: 1 } });
  });

  it('ends a session whose node is not known any more', async () => {
    directory.nodes.clear();
    sender.kick();
    await turn();
    expect(link.reason).toBe('This node is not known.');
  });
});

describe('report writer', () => {
  it('stores many in one call, then says up to where', async () => {
    const directory = new FakeAgentDirectory();
    const link = new Link(directory.addNode());
    directory.node(link.nodeId).epoch = 1;
    const writer = new ReportWriter(link, directory, new Slots(1), log, () => undefined);
    writer.add([report(1)]);
    writer.add([report(2), report(3)]);
    writer.addApplied(7);
    await turn();
    expect(directory.reports.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(link.sent).toEqual([
      { $case: 'reportStored', value: { sequence: 1 } },
      { $case: 'reportStored', value: { sequence: 3 } },
    ]);
    expect(directory.node(link.nodeId).applied).toBe(7);
  });

  it('is full while the directory is away, and ends a session that was replaced', async () => {
    const directory = new FakeAgentDirectory();
    const link = new Link(directory.addNode());
    const writer = new ReportWriter(link, directory, new Slots(1), log, () => undefined);
    writer.add(Array.from({ length: fullAt }, (_, index) => report(index + 1)));
    expect(writer.full).toBe(true);
    await turn();
    expect(link.reason).toBe('This session was replaced.');
  });
});
