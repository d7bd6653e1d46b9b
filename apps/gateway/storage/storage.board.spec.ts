import type { StorageState } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import type { NodeVolumeView } from '#libs/core/volume/storage-directory.port.js';
import { createLog } from '#libs/platform/log.js';
import { FakeWakeUps } from '#libs/testing/agent-directory.fake.js';
import { FakeStorageDirectory } from '#libs/testing/storage-directory.fake.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import type { Outgoing, SessionLink } from '../session/session.port.js';
import { StorageBoard } from './storage.board.js';

class Link implements SessionLink {
  readonly epoch = 7;
  readonly open = true;
  readonly sent: Outgoing[] = [];
  superseded: string | null = null;

  constructor(readonly nodeId: string) {}

  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return Promise.resolve(true);
  }
  supersede(reason: string): void {
    this.superseded = reason;
  }
  get states(): StorageState[] {
    return this.sent.flatMap((message) => (message.$case === 'storage' ? [message.value] : []));
  }
}

const volume = (volumeId: string, given: Partial<NodeVolumeView> = {}): NodeVolumeView => ({
  volumeId,
  projectId: 'p',
  organizationId: 'o',
  name: `engine-${volumeId}`,
  removed: false,
  fence: 0,
  ...given,
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come to this.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the storage of nodes', () => {
  let directory: FakeStorageDirectory;
  let wakeUps: FakeWakeUps;
  let board: StorageBoard;

  beforeEach(() => {
    directory = new FakeStorageDirectory();
    wakeUps = new FakeWakeUps();
    const settings = new GatewaySettings({ gatewayId: 'g', pollMs: 30 });
    board = new StorageBoard(settings, directory, wakeUps, new GatewayLog(createLog('test', 'silent')));
  });
  afterEach(() => board.beforeApplicationShutdown());

  const begin = (nodeId: string) => {
    const link = new Link(nodeId);
    board.begin(link);
    return link;
  };

  it('is told whole when a session begins, and again only when it changed', async () => {
    directory.set('a', volume('1'));
    const link = begin('a');
    await until(() => link.states.length === 1);
    expect(link.states[0]).toMatchObject({ generation: 1, volumes: [{ volumeId: '1', removed: false }], shares: [] });
    directory.set('a', volume('1'), volume('2', { removed: true }));
    await until(() => link.states.length === 2);
    expect(link.states[1]).toMatchObject({ generation: 2, volumes: [{ volumeId: '1' }, { volumeId: '2' }] });
    // Something about it was written that its node need not know.
    const reads = directory.reads.length;
    directory.set('a', ...(directory.volumes.get('a') ?? []));
    await until(() => directory.reads.length > reads);
    expect(link.states).toHaveLength(2);
  });

  it('is read for those nodes only that changed, in one read, and at once when one is woken', async () => {
    const links = ['a', 'b', 'c'].map(begin);
    await until(() => links.every((link) => link.states.length === 1));
    const reads = directory.reads.length;
    directory.set('a', volume('1'));
    directory.set('c', volume('3'));
    wakeUps.wakeNode('a');
    await until(() => links[0]?.states.length === 2 && links[2]?.states.length === 2);
    expect(directory.reads.slice(reads)).toEqual([['a', 'c']]);
    expect(links[1]?.states).toHaveLength(1);
  });

  it('is told after the database was away', async () => {
    directory.available = false;
    directory.set('a', volume('1'));
    const link = begin('a');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(link.states).toEqual([]);
    directory.available = true;
    await until(() => link.states.length === 1);
  });

  it('is reported by its node; what could not be stored is asked for once more', async () => {
    directory.set('a', volume('1', { removed: true }));
    const link = begin('a');
    await until(() => link.states.length === 1);
    const volumes = [{ volumeId: '1', usedBytes: 0, gone: true }];
    directory.available = false;
    board.receive(link, { $case: 'storageReport', value: { volumes, shares: [], found: [] } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    directory.available = true;
    await until(() => link.states.length === 2);
    expect(link.states[1]).toMatchObject({ generation: 2, volumes: [{ volumeId: '1', removed: true }] });
    board.receive(link, { $case: 'storageReport', value: { volumes, shares: [], found: [] } });
    await until(() => directory.reports.length === 1);
    expect(directory.reports[0]).toEqual({ nodeId: 'a', epoch: 7, volumes, shares: [], found: [] });
  });

  it('is nobody’s when the session has ended', async () => {
    const link = begin('a');
    await until(() => link.states.length === 1);
    board.end(link);
    board.receive(link, { $case: 'storageReport', value: { volumes: [], shares: [], found: [] } });
    directory.set('a', volume('1'));
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([link.states.length, directory.reports.length]).toEqual([1, 0]);
  });
});
