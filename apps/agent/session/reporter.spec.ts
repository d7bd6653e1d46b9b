import type { NodeReport } from '#libs/agent-protocol/node-assignment.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';
import { until } from '../testing/until.js';
import { Reporter } from './reporter.js';

const observed = (state: ObservedContainer['state'], incarnation = 1): ObservedContainer => ({
  state,
  incarnation,
  health: 'none',
  engineId: null,
  exitCode: null,
  message: null,
  imageDigest: null,
  address: null,
  ports: [],
  startedAt: null,
  finishedAt: null,
});

describe('reporter', () => {
  let sent: NodeReport[][];
  let gone: string[];
  let reporter: Reporter;
  const send = (reports: NodeReport[]) => {
    sent.push(reports);
    return Promise.resolve(true);
  };
  beforeEach(() => {
    sent = [];
    gone = [];
    reporter = new Reporter((id) => gone.push(id));
  });
  afterEach(() => reporter.close());

  it('gathers changes and keeps only the latest of each container', async () => {
    reporter.open(send);
    reporter.put('a', 1, observed('pulling'));
    reporter.put('a', 1, observed('running'));
    reporter.put('b', 1, observed('exited'));
    await until('a batch', () => sent.length === 1);
    expect(sent[0]?.map(({ containerId, sequence, observed: { state } }) => [containerId, sequence, state])).toEqual([
      ['a', 1, 'running'],
      ['b', 2, 'exited'],
    ]);
  });

  it('tells what a container is on its way through only when it lasts, and holds up nothing else for it', async () => {
    reporter.open(send);
    reporter.put('slow', 1, observed('pulling'));
    reporter.put('quick', 1, observed('starting'));
    reporter.put('other', 1, observed('failed'));
    await until('what is urgent', () => sent.length === 1);
    reporter.put('quick', 1, observed('running'));
    await until('the arrival', () => sent.length === 2);
    reporter.put('slow', 1, observed('starting'));
    await until('what lasts', () => sent.length === 3);
    const told = sent.flat().map(({ containerId, observed: { state } }) => `${containerId} ${state}`);
    expect(told).toEqual(['other failed', 'quick running', 'slow starting']);
  });

  it('does not repeat what has not changed', async () => {
    reporter.open(send);
    reporter.put('a', 1, observed('running'));
    await until('the first', () => sent.length === 1);
    reporter.put('a', 1, observed('running'));
    reporter.put('a', 2, observed('running'));
    await until('the newer generation', () => sent.length === 2);
    expect(sent[1]).toHaveLength(1);
  });

  it('tells everything again in a new session, numbered from one', async () => {
    reporter.open(send);
    reporter.put('a', 1, observed('running'));
    await until('the first', () => sent.length === 1);
    reporter.close();
    reporter.put('b', 1, observed('running'));
    reporter.open(send);
    await until('both', () => sent.length === 2);
    expect(sent[1]?.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(new Set(sent[1]?.map(({ containerId }) => containerId))).toEqual(new Set(['a', 'b']));
  });

  it('collapses while the session is slow', async () => {
    let release: (more: boolean) => void = () => undefined;
    reporter.open((reports) => {
      sent.push(reports);
      return new Promise((resolve) => (release = resolve));
    });
    reporter.put('a', 1, observed('starting'));
    await until('the first', () => sent.length === 1);
    for (const state of ['running', 'stopping', 'exited'] as const) reporter.put('a', 1, observed(state));
    release(true);
    await until('the second', () => sent.length === 2);
    expect(sent[1]?.map(({ observed: { state } }) => state)).toEqual(['exited']);
    release(true);
  });

  it('lets a removed container go only when its report is stored', async () => {
    reporter.open(send);
    reporter.put('a', 1, observed('removed'));
    await until('it is sent', () => sent.length === 1);
    reporter.stored(0);
    expect(gone).toEqual([]);
    reporter.stored(1);
    expect(gone).toEqual(['a']);
  });
});
