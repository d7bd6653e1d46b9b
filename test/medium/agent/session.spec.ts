import { credentials } from '@grpc/grpc-js';
import { joinPlatform } from '#apps/agent/identity/enrollment.client.js';
import { assignment } from '#apps/agent/testing/node-fixture.js';
import { until } from '#apps/agent/testing/until.js';
import { channelOptions, gatewayCredentials } from '#libs/agent-protocol/channel.js';
import { AgentGatewayClient, EnrollmentClient } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { PlatformFixture } from './platform-fixture.js';

describe('agents and gateways', () => {
  let platform: PlatformFixture;
  beforeEach(async () => {
    platform = await PlatformFixture.create(2);
  });
  afterEach(() => platform.close());

  const running = (id: string) => platform.directory.observed.get(id)?.state === 'running';
  const holder = (nodeId: string) => platform.directory.node(nodeId).gatewayId;

  describe('joining', () => {
    it('gives a certificate for a token, once', async () => {
      const token = platform.token();
      const { joinAddress } = platform.gateway(0);
      const identity = await joinPlatform(joinAddress, token, 'node-1');
      expect(identity.certificatePem).toContain('BEGIN CERTIFICATE');
      await expect(joinPlatform(joinAddress, token, 'node-1')).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('sends nothing to a server whose CA is not the token’s', async () => {
      const token = { ...platform.token(), caFingerprint: 'ab'.repeat(32) };
      const join = joinPlatform(platform.gateway(0).joinAddress, token, 'node-1');
      await expect(join).rejects.toMatchObject({ code: 'forbidden' });
      expect(platform.enrollment.tokens.has(token.tokenId)).toBe(true);
    });

    it('refuses a join without TLS, and a session without a certificate', async () => {
      const plain = new EnrollmentClient(platform.gateway(0).joinAddress, credentials.createInsecure());
      const anonymous = new AgentGatewayClient(
        platform.gateway(0).address,
        credentials.createSsl(Buffer.from(platform.authority.caPem), null, null, {
          checkServerIdentity: () => undefined,
        }),
        channelOptions,
      );
      const failure = (client: EnrollmentClient | AgentGatewayClient) =>
        new Promise<Error | null>((resolve) =>
          client.waitForReady(Date.now() + 700, (error) => resolve(error ?? null)),
        );
      expect(await failure(plain)).toBeInstanceOf(Error);
      const call = anonymous.session();
      const code = await new Promise((resolve) =>
        call.once('error', (error: Error & { code: number }) => resolve(error.code)),
      );
      expect(code).toBe(14);
      plain.close();
      anonymous.close();
    });

    it('refuses a certificate of another CA', async () => {
      const other = await FakeCertificateAuthority.create();
      const identity = { ...(await other.issueNamed('node:x')), caPem: platform.authority.caPem };
      const client = new AgentGatewayClient(platform.gateway(0).address, gatewayCredentials(identity), channelOptions);
      const call = client.session();
      await expect(new Promise((_, reject) => call.once('error', reject))).rejects.toMatchObject({ code: 14 });
      client.close();
    });

    it('refuses a node that poses as a gateway, and a peer that is a node', async () => {
      const node = await platform.authority.issueNamed('node:n1');
      const streams = await platform.nodeStreams();
      Object.assign(streams, {
        options: { directory: platform.directory, identity: node, gateways: [platform.gateway(0).address] },
      });
      const options = { follow: false, tail: null, since: null, stdout: true, stderr: true, timestamps: false };
      await expect(streams.logs('n2', 'c', options)).rejects.toMatchObject({ code: 'forbidden' });
    });
  });

  describe('sessions', () => {
    it('carry the full set, then changes, and bring reports back', async () => {
      const { nodeId, agent } = await platform.startAgent({ labels: { zone: 'a' } });
      const [first, second] = [assignment(), assignment()];
      await until('a session', () => agent.connected);
      expect(platform.directory.node(nodeId).hello).toMatchObject({ engineKind: 'fake', labels: { zone: 'a' } });
      platform.directory.assign(nodeId, first);
      platform.wakeUps.wakeNode(nodeId);
      await until('the first runs', () => running(first.containerId));
      platform.directory.assign(nodeId, second, { ...first, desired: 'removed', generation: 2, template: null });
      await until('a poll finds what no wake-up told', () => running(second.containerId));
      await until('the first is gone', () => platform.directory.observed.get(first.containerId)?.state === 'removed');
      await until('it says what it applied', () => platform.directory.node(nodeId).applied === 2);
      await until('it forgets what is gone', () => agent.converger.size === 1);
    });

    it('carry a set of many chunks', async () => {
      const identity = await platform.join();
      const wanted = Array.from({ length: 1_201 }, () => assignment({ desired: 'stopped' }));
      platform.directory.assign(identity.nodeId, ...wanted);
      const { agent } = await platform.startAgent({ node: identity });
      await until('all are held', () => agent.converger.size === 1_201, 8_000);
      await until('all are reported', () => platform.directory.observed.size === 1_201, 8_000);
    });

    it('go to the other gateway when theirs ends, and everything is reported again', async () => {
      const { nodeId, agent } = await platform.startAgent({});
      const wanted = assignment();
      platform.directory.assign(nodeId, wanted);
      await until('it runs', () => running(wanted.containerId));
      const before = holder(nodeId);
      const reported = platform.directory.reports.length;
      const index = platform.gateways.findIndex(({ id }) => id === before);
      await platform.gateway(index).app.close();
      await until(
        'the other gateway has it',
        () => agent.connected && holder(nodeId) !== before && holder(nodeId) !== null,
      );
      await until('it is told again', () => platform.directory.reports.length > reported);
      const again = platform.directory.reports.at(-1);
      expect(again).toMatchObject({
        sequence: 1,
        containerId: wanted.containerId,
        observed: { state: 'running', incarnation: 1 },
      });
    });

    it('end at once when a newer one of the same node opens, on whichever gateway', async () => {
      const identity = await platform.join();
      const older = await platform.startAgent({ node: identity, gateways: [platform.gateway(0).address] });
      await until('the older one', () => older.agent.connected);
      const newer = await platform.startAgent({ node: identity, gateways: [platform.gateway(1).address] });
      await until('only the newer one', () => newer.agent.connected && !older.agent.connected);
      expect(holder(identity.nodeId)).toBe(platform.gateway(1).id);
    });

    it('end at once when the node is revoked, and it is not let in again', async () => {
      const { nodeId, agent } = await platform.startAgent({
        sessionTiming: { firstMs: 10, longestMs: 20, supersededMs: 10 },
      });
      await until('a session', () => agent.connected);
      platform.directory.node(nodeId).revoked = true;
      await until('it ended', () => !agent.connected);
      const epoch = platform.directory.node(nodeId).epoch;
      await expect(until('it is back', () => agent.connected, 300)).rejects.toThrow();
      expect(platform.directory.node(nodeId).epoch).toBe(epoch);
    });

    it('hold reports back while the database is away, and lose none', async () => {
      const { nodeId, agent, engine } = await platform.startAgent({});
      const wanted = assignment({ restart: { condition: 'always' } });
      platform.directory.assign(nodeId, wanted);
      await until('it runs', () => running(wanted.containerId));
      platform.directory.available = false;
      engine.crash(agent.converger.engineIdOf(wanted.containerId) ?? '', 1);
      await until('it runs again on its node', () => agent.converger.countRunning() === 1);
      expect(platform.directory.observed.get(wanted.containerId)?.incarnation).toBe(1);
      platform.directory.available = true;
      await until('it is told', () => platform.directory.observed.get(wanted.containerId)?.incarnation === 2);
    });

    it('refuse a set that is older than what the agent holds', async () => {
      const { nodeId, agent } = await platform.startAgent({});
      const wanted = assignment();
      for (let generation = 0; generation < 5; generation += 1) platform.directory.assign(nodeId, wanted);
      await until('it runs', () => running(wanted.containerId));
      await until('it holds the newest', () => agent.converger.heldGeneration === 5);
      const node = platform.directory.node(nodeId);
      node.generation = 3;
      node.assignments.clear();
      const { epoch } = node;
      agent.reconnect();
      await until('it tried more than once', () => node.epoch > epoch + 2);
      expect(agent.converger.countRunning()).toBe(1);
      node.generation = 6;
      await until('it follows the newer, empty set', () => agent.converger.countRunning() === 0);
    });
  });
});
