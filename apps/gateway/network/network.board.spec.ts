import type { AgentHello } from '#libs/core/agent/agent-directory.port.js';
import type { NetworkView } from '#libs/core/network/network-directory.port.js';
import { createLog } from '#libs/platform/log.js';
import { FakeWakeUps } from '#libs/testing/agent-directory.fake.js';
import { FakeNetworkDirectory, FakeProjectChanges } from '#libs/testing/network-directory.fake.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import type { Outgoing, SessionLink } from '../session/session.port.js';
import { NetworkBoard } from './network.board.js';
import { ProjectFollower } from './project.follower.js';

class Link implements SessionLink {
  readonly epoch = 7;
  open = true;
  readonly sent: Outgoing[] = [];
  constructor(readonly nodeId: string) {}
  send(message: Outgoing): Promise<boolean> {
    this.sent.push(message);
    return Promise.resolve(true);
  }
  supersede(): void {
    this.open = false;
  }
  get states() {
    return this.sent.flatMap((message) => (message.$case === 'network' ? [message.value] : []));
  }
}

const hello = (overlay = true): AgentHello => ({
  agentVersion: '1',
  engineKind: 'podman',
  engineVersion: '4',
  capacity: { milliCpu: 1, memoryBytes: 1, diskBytes: 1, maxContainers: 1 },
  labels: {},
  address: '127.0.0.1',
  roles: [],
  overlay,
  underlayAddress: '',
});

const view = (projectId: string, nodeIds: string[], given: Partial<NetworkView> = {}): NetworkView => ({
  projectId,
  organizationId: 'o',
  range: '10.64.0.0/22',
  gateway: '10.64.0.1',
  vni: 1,
  nodes: nodeIds.map((nodeId, index) => ({ nodeId, underlayAddress: `192.0.2.${index}`, address: `10.64.3.${index}` })),
  members: nodeIds.map((nodeId, index) => ({
    ...{ containerId: `c-${nodeId}`, nodeId, address: `10.64.0.${index + 2}`, answers: true, name: `web-${index + 1}` },
    ...{ serviceId: 's', serviceName: 'web', stackName: null, ordinal: index + 1 },
    links: [{ alias: 'db', serviceId: 'd' }],
  })),
  publicAddresses: [],
  idleServices: [{ serviceId: 'd', serviceName: 'db', stackName: 'shop' }],
  ...given,
});

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('the networks of a gateway’s nodes', () => {
  let directory: FakeNetworkDirectory;
  let changes: FakeProjectChanges;
  let wakeUps: FakeWakeUps;
  let follower: ProjectFollower;
  let board: NetworkBoard;
  const begin = (nodeId: string, overlay = true): Link => {
    const link = new Link(nodeId);
    board.begin(link, hello(overlay));
    return link;
  };
  const change = (...projectIds: string[]) => {
    changes.change(...projectIds);
    wakeUps.wakeEvents('o');
  };
  beforeEach(() => {
    directory = new FakeNetworkDirectory();
    changes = new FakeProjectChanges();
    wakeUps = new FakeWakeUps();
    const settings = new GatewaySettings({ gatewayId: 'g', changesPollMs: 50, networkGatherMs: 40 });
    const log = new GatewayLog(createLog('test', 'silent'));
    follower = new ProjectFollower(settings, changes, wakeUps, log);
    board = new NetworkBoard(settings, directory, follower, log);
    follower.start();
    board.start();
  });
  afterEach(() => {
    board.stop();
    follower.stop();
  });

  it('are told to each node as it has to see them', async () => {
    directory.networks.set('p', view('p', ['a', 'b']));
    const [a, b] = [begin('a'), begin('b')];
    await until(() => a.states.length === 1 && b.states.length === 1);
    expect(a.states[0]).toMatchObject({
      generation: 1,
      full: true,
      projects: [
        {
          projectId: 'p',
          nodeAddress: '10.64.3.0',
          members: [
            { nodeId: 'a', links: [{ alias: 'db', serviceId: 'd' }] },
            { nodeId: 'b', links: [] },
          ],
          peers: [{ nodeId: 'b', underlayAddress: '192.0.2.1', nodeAddress: '10.64.3.1' }],
          idleServices: [{ serviceId: 'd', serviceName: 'db', stackName: 'shop' }],
        },
      ],
    });
    expect(b.states[0]?.projects[0]).toMatchObject({ nodeAddress: '10.64.3.1', peers: [{ nodeId: 'a' }] });
  });

  it('are read once for all nodes when something changed, and told to those concerned', async () => {
    directory.networks.set('p', view('p', ['a', 'b']));
    directory.networks.set('q', view('q', ['c']));
    const links = [begin('a'), begin('b'), begin('c')] as const;
    await until(() => links.every((link) => link.states.length === 1));
    const reads = directory.reads.length;
    directory.networks.set('p', view('p', ['a', 'b'], { vni: 9 }));
    change('p');
    await until(() => links[0].states.length === 2 && links[1].states.length === 2);
    expect(directory.reads.slice(reads)).toEqual([['p']]);
    expect(links[2].states).toHaveLength(1);
  });

  it('come and go with what a node takes part in', async () => {
    const link = begin('a');
    await until(() => link.states.length === 1);
    directory.networks.set('p', view('p', ['a']));
    change('p');
    await until(() => link.states.length === 2);
    directory.networks.set('p', view('p', ['b']));
    change('p');
    await until(() => link.states.length === 3);
    expect(link.states.map(({ projects, removedProjects }) => [projects.length, removedProjects])).toEqual([
      [0, []],
      [1, []],
      [0, ['p']],
    ]);
  });

  it('are not read for changes in quick succession each, and the last one is told', async () => {
    directory.networks.set('p', view('p', ['a']));
    const link = begin('a');
    await until(() => link.states.length === 1);
    const reads = directory.reads.length;
    for (let vni = 1; vni <= 40; vni += 1) {
      directory.networks.set('p', view('p', ['a'], { vni }));
      change('p');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until(() => link.states.at(-1)?.projects[0]?.vni === 40);
    expect(directory.reads.length - reads).toBeLessThan(15);
  });

  it('concern no node without an overlay, and then nothing is followed', async () => {
    const link = begin('a', false);
    directory.networks.set('p', view('p', ['a']));
    change('p');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect([link.sent, directory.reads, changes.reads]).toEqual([[], [], 0]);
  });

  it('are told of after the database was away', async () => {
    directory.networks.set('p', view('p', ['a']));
    directory.available = false;
    const link = begin('a');
    await until(() => directory.calls > 0);
    directory.available = true;
    await until(() => link.states.length === 1);
    directory.available = false;
    directory.networks.set('p', view('p', ['a'], { vni: 5 }));
    change('p');
    await until(() => directory.reads.length > 1);
    directory.available = true;
    await until(() => link.states.at(-1)?.projects[0]?.vni === 5);
  });

  it('a node is behind with are noted, and so is that it caught up', async () => {
    const link = begin('a');
    await until(() => link.states.length === 1);
    board.receive(link, { $case: 'networkApplied', value: { generation: 1, problems: ['No bridge.'] } });
    await until(() => directory.behind.length === 1);
    expect(directory.behind[0]).toMatchObject({
      nodeId: 'a',
      epoch: 7,
      since: expect.any(Date),
      problems: ['No bridge.'],
    });
    board.receive(link, { $case: 'networkApplied', value: { generation: 1, problems: [] } });
    await until(() => directory.behind.length === 2);
    expect(directory.behind[1]).toMatchObject({ since: null, problems: [] });
    board.receive(link, { $case: 'networkApplied', value: { generation: 1, problems: [] } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(directory.behind).toHaveLength(2);
  });

  it('are tested by the nodes, whose findings are kept', async () => {
    const link = begin('a');
    const peers = [
      { nodeId: 'b', reachable: true, roundTripMs: 0.4 },
      { nodeId: 'c', reachable: false, roundTripMs: 0 },
    ];
    board.receive(link, { $case: 'networkProbe', value: { peers } });
    await until(() => directory.probes.size === 1);
    expect(directory.probes.get('a')).toEqual([
      { peerId: 'b', reachable: true, roundTripMs: 0.4 },
      { peerId: 'c', reachable: false, roundTripMs: null },
    ]);
    expect([board.probeFailures, board.all[0]?.unreachable]).toEqual([1, 1]);
    board.end(link);
    expect(board.all).toEqual([]);
  });
});
