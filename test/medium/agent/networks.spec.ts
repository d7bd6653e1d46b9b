import type { NodeIdentity } from '#apps/agent/identity/identity.store.js';
import { until } from '#apps/agent/testing/until.js';
import { channelOptions, gatewayCredentials } from '#libs/agent-protocol/channel.js';
import {
  AgentGatewayClient,
  type AgentMessage,
  type GatewayMessage,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { NetworkView } from '#libs/core/network/network-directory.port.js';
import { PlatformFixture } from './platform-fixture.js';

const view = (projectId: string, nodeId: string, vni = 1): NetworkView => ({
  ...{
    projectId,
    organizationId: 'o',
    range: '10.64.0.0/22',
    gateway: '10.64.0.1',
    vni,
    publicAddresses: [],
    idleServices: [],
    members: [],
  },
  nodes: [{ nodeId, underlayAddress: '192.0.2.1', address: '10.64.3.254' }],
});

/** A node's side of one session, message by message. */
class RawSession {
  readonly networks: NetworkState[] = [];
  welcomed = false;
  private readonly client: AgentGatewayClient;
  private readonly call;

  constructor(gateway: string, identity: NodeIdentity, overlay: boolean) {
    this.client = new AgentGatewayClient(gateway, gatewayCredentials(identity), channelOptions);
    this.call = this.client.session();
    this.call.on('data', ({ message }: GatewayMessage) => {
      if (message?.$case === 'welcome') this.welcomed = true;
      if (message?.$case === 'network') this.networks.push(message.value);
    });
    this.call.on('error', () => undefined);
    const capacity = { milliCpu: 1, memoryBytes: 1, diskBytes: 1, maxContainers: 1 };
    this.say({
      $case: 'hello',
      value: {
        ...{ agentVersion: '1', engineKind: 'podman', engineVersion: '4', capacity, labels: {}, address: '192.0.2.1' },
        ...{ heldGeneration: 0, roles: [], overlay, underlayAddress: '' },
        ...{ machine: '', nfsClient: false, storage: undefined },
      },
    });
  }

  say(message: NonNullable<AgentMessage['message']>): void {
    this.call.write({ message });
  }

  close(): void {
    this.call.end();
    this.client.close();
  }
}

describe('networks on their way to nodes', () => {
  let platform: PlatformFixture;
  let node: NodeIdentity;
  const open: RawSession[] = [];
  const session = (gateway: number, overlay = true) => {
    const made = new RawSession(platform.gateway(gateway).address, node, overlay);
    open.push(made);
    return made;
  };
  beforeEach(async () => {
    platform = await PlatformFixture.create(2);
    node = await platform.join();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    await platform.close();
  });

  it('are all sent when a session begins, then what changes; another session begins anew', async () => {
    platform.networks.networks.set('p', view('p', node.nodeId));
    const first = session(0);
    await until('all networks', () => first.networks.length === 1);
    expect(first.networks[0]).toMatchObject({
      generation: 1,
      full: true,
      more: false,
      projects: [{ projectId: 'p', vni: 1 }],
    });
    platform.networks.networks.set('q', view('q', node.nodeId, 2));
    platform.changes.change('q');
    await until('a change', () => first.networks.length === 2);
    expect(first.networks[1]).toMatchObject({ generation: 2, full: false, projects: [{ projectId: 'q' }] });
    const second = session(1);
    await until('all networks again', () => second.networks.length === 1);
    expect(second.networks[0]).toMatchObject({ generation: 1, full: true });
    expect(second.networks[0]?.projects.map((one) => one.projectId).sort()).toEqual(['p', 'q']);
  });

  it('are confirmed, with what could not be done, and tested from node to node', async () => {
    const one = session(0);
    await until('all networks', () => one.networks.length === 1);
    one.say({ $case: 'networkApplied', value: { generation: 1, problems: ['No bridge could be made.'] } });
    await until('the note', () => platform.networks.behind.length === 1);
    one.say({ $case: 'networkApplied', value: { generation: 1, problems: [] } });
    await until('the second note', () => platform.networks.behind.length === 2);
    expect(platform.networks.behind).toEqual([
      { nodeId: node.nodeId, epoch: 1, since: expect.any(Date), problems: ['No bridge could be made.'] },
      { nodeId: node.nodeId, epoch: 1, since: null, problems: [] },
    ]);
    one.say({ $case: 'networkProbe', value: { peers: [{ nodeId: 'b', reachable: false, roundTripMs: 0 }] } });
    await until('the self-test', () => platform.networks.probes.has(node.nodeId));
  });

  it('are not sent to a node without an overlay', async () => {
    platform.networks.networks.set('p', view('p', node.nodeId));
    const plain = session(0, false);
    await until('the welcome', () => plain.welcomed);
    const next = session(1);
    await until('the networks of the other', () => next.networks.length === 1);
    expect(plain.networks).toEqual([]);
  });
});
