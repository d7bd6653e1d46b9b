import { mkdtempSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertStatus, type MittwaldAPIV2Client } from '@mittwald/api-client';
import { edgePackages, ensurePackages } from '#libs/launch/debian/packages.js';
import { ensureSampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import { freePort } from '#libs/launch/ports/port.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { Cluster } from '#libs/testing/cluster/cluster.js';
import { PrivateRegistry } from '../conformance/agent/support/private-registry.js';
import { vendorClient } from '../conformance/mstudio/support/vendor.js';
import { startMs } from './support/engine.js';

const testMs = 180_000;
const settleMs = 60_000;
const hostname = 'shop.apps.test';
const credentials = { username: 'robot', password: 'a-very-secret-word' };
/** Nothing of them may be read into anything on the way to the process. */
const variables = { PIERHEAD_SAMPLE: 'first', EMPTY: '', ODD: ` "a" 'b' $HOME #c=\\n\nü ` };

const askWeb = 'until wget -q -O - http://web:8080/; do sleep 0.2; done';

interface Shown {
  status: number;
  text: string;
}

// real: the published client, every process of the platform, Podman, HAProxy, docker-registry with a password
describe('the published mStudio client on a whole platform', () => {
  const state = new StateFolder(mkdtempSync(join(tmpdir(), 'pierhead-engine-')));
  let registry: PrivateRegistry;
  let podman: PodmanPart;
  let cluster: Cluster;
  let authority: FakeCertificateAuthority;
  let client: MittwaldAPIV2Client;
  let httpsPort: number;
  let image: string;
  let projectId: string;
  let registryId: string;
  let ingressId: string;
  let webhook: string;

  beforeAll(async () => {
    await ensurePackages(edgePackages, () => undefined);
    state.make();
    authority = await FakeCertificateAuthority.create();
    registry = await PrivateRegistry.start(credentials.username, credentials.password);
    image = `${registry.host}/team/shop:1`;
    podman = new PodmanPart(state, { insecureRegistries: [registry.host] });
    await podman.start();
    await push('one');
    cluster = await Cluster.start({
      apis: 1,
      workers: 1,
      gateways: 1,
      agents: 0,
      engineSocket: podman.socketPath(),
      env: { PIERHEAD_DEFAULT_DOMAIN: 'apps.test', PIERHEAD_INNER_REGISTRIES: registry.host },
    });
    httpsPort = await freePort();
    await cluster.addAgent({
      PIERHEAD_NODE_ROLES: 'edge',
      PIERHEAD_EDGE_ADDRESS: '127.0.0.1',
      PIERHEAD_EDGE_HTTP_PORT: String(await freePort()),
      PIERHEAD_EDGE_HTTPS_PORT: String(httpsPort),
    });
    ({ client } = vendorClient(`${cluster.client().url}/`, cluster.credentials.apiKey));
  }, startMs);
  afterAll(async () => {
    await cluster?.stop();
    await podman?.destroy();
    registry?.stop();
    state.remove();
  }, startMs);

  /** Puts another image under the same name into the registry, and takes it off the engine again. */
  const push = async (version: string) => {
    const { REGISTRY_AUTH_FILE: _, ...env } = podman.environment();
    const podmanRun = (...args: string[]) => run('podman', [...podman.flags(), ...args], { env });
    const file = { path: 'www/version', mode: 0o644, content: Buffer.from(version) };
    await ensureSampleImage(podman.socketPath(), image, [file]);
    await podmanRun('push', '--tls-verify=false', `--creds=${credentials.username}:${credentials.password}`, image);
    await podmanRun('rmi', '--force', image);
  };
  const service = async (name: string) => {
    const listed = await client.container.listServices({ projectId });
    assertStatus(listed, 200);
    const found = listed.data.find(({ serviceName }) => serviceName === name);
    if (!found) throw new Error(`There is no service ${name}: ${JSON.stringify(listed.data)}`);
    return found;
  };
  const untilLogged = (name: string, text: string) =>
    waitFor(
      async () => {
        const logs = await client.container.getServiceLogs(await at(name));
        return logs.status === 200 && logs.data.includes(text);
      },
      { what: `${name} writing "${text}"`, timeoutMs: settleMs, intervalMs: 200 },
    );
  const at = async (name: string) => ({ stackId: projectId, serviceId: (await service(name)).id });
  const untilRunning = (...names: string[]) =>
    waitFor(
      async () => {
        const all = await Promise.all(names.map(service));
        return all.every(({ status, requiresRecreate }) => status === 'running' && !requiresRecreate);
      },
      { what: `${names.join(', ')} running`, timeoutMs: settleMs, intervalMs: 100 },
    );
  /** Over TLS, with the authority's certificate only, as a browser would ask. */
  const page = (path: string): Promise<Shown> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: httpsPort, path, servername: hostname, ca: authority.caPem };
      const call = request({ ...options, headers: { host: hostname }, agent: false, timeout: 5_000 }, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.once('error', reject);
      });
      call.once('error', reject);
      call.once('timeout', () => call.destroy(new Error('No answer in time.')));
      call.end();
    });
  const untilPage = (path: string, fits: (page: Shown) => boolean) => {
    let last: unknown;
    return waitFor(
      async () => {
        last = await page(path).catch((error: Error) => error.message);
        return typeof last === 'object' && fits(last as Shown);
      },
      { what: `${path} being served`, timeoutMs: settleMs, intervalMs: 100 },
    ).catch((error: Error) => {
      throw new Error(`${error.message} Last: ${JSON.stringify(last)}`);
    });
  };

  it('makes a project with a registry, whose images can be looked into', async () => {
    const customers = await client.customer.listCustomers();
    assertStatus(customers, 200);
    const made = await client.project.createProject({
      serverId: customers.data[0]?.customerId ?? '',
      data: { description: 'The shop' },
    });
    assertStatus(made, 201);
    projectId = made.data.id;
    const created = await client.container.createRegistry({
      projectId,
      data: { uri: registry.host, description: 'Ours', credentials },
    });
    assertStatus(created, 201);
    expect(created.data.credentials).toEqual({ username: 'robot', valid: true });
    registryId = created.data.id;
    const config = await client.container.getContainerImageConfig({
      queryParameters: { imageReference: image, useCredentialsForProjectId: projectId },
    });
    assertStatus(config, 200);
    expect(config.data.exposedPorts).toMatchObject([{ port: '8080/tcp' }]);
    const anonymous = await client.container.getContainerImageConfig({ queryParameters: { imageReference: image } });
    expect(anonymous.status).toBe(404);
  });

  it(
    'deploys a stack of two services and a volume from that registry',
    async () => {
      const declared = await client.container.declareStack({
        stackId: projectId,
        data: {
          services: {
            web: { image, description: 'Web', ports: ['80:8080/tcp'], environment: variables },
            db: {
              image,
              description: 'Database',
              command: ['sh', '-c', `echo kept > /data/file; ${askWeb}; trap "exit 0" TERM; sleep 3600 & wait`],
              volumes: ['data:/data'],
              deploy: { resources: { limits: { memory: '64mb' } } },
            },
          },
          volumes: { data: { name: 'data' } },
        },
      });
      assertStatus(declared, 200);
      await untilRunning('web', 'db');
      expect((await service('web')).deployedState.imageDigest).toMatch(/^sha256:/);
      const [container] = (await cluster.engine.containers()).filter(({ name }) => name.includes('web'));
      const { Config } = await cluster.engine.inspect(container?.id ?? '');
      expect(Config.Env).toEqual(expect.arrayContaining(Object.entries(variables).map((pair) => pair.join('='))));
      // By the other service's key, at the port that its containers have.
      await untilLogged('db', 'It runs.');
    },
    testMs,
  );

  it(
    'serves it over HTTPS under a host of its own',
    async () => {
      const made = await client.domain.ingressCreateIngress({
        data: {
          hostname,
          projectId,
          paths: [{ path: '/', target: { container: { id: (await service('web')).id, portProtocol: '80/tcp' } } }],
        },
      });
      assertStatus(made, 201);
      expect(made.data.ownership.verified).toBe(true);
      ingressId = made.data.id;
      const pair = await authority.issueNamed(hostname, [hostname]);
      const uploaded = await client.domain.sslCreateCertificateRequest({
        data: { certificate: pair.certificatePem, privateKey: pair.privateKeyPem, projectId },
      });
      assertStatus(uploaded, 201);
      const secured = await client.domain.ingressUpdateIngressTls({
        ingressId,
        data: { certificateId: uploaded.data.id },
      });
      assertStatus(secured, 200);
      await untilPage('/version', ({ status, text }) => status === 200 && text === 'one');
      const shown = await client.domain.ingressGetIngress({ ingressId });
      assertStatus(shown, 200);
      expect(shown.data).toMatchObject({
        hostname,
        tls: { certificateId: uploaded.data.id },
        paths: [{ path: '/', target: { container: { portProtocol: '80/tcp' } } }],
      });
    },
    testMs,
  );

  it(
    'changes it, and pulls what was pushed under the same name',
    async () => {
      const changed = await client.container.updateStack({
        stackId: projectId,
        queryParameters: { recreate: true },
        data: { services: { web: { environment: { PIERHEAD_SAMPLE: 'second' } } } },
      });
      assertStatus(changed, 200);
      await untilRunning('web');
      await untilPage('/cgi-bin/whoami', ({ text }) => text.includes('service: second'));
      const before = (await service('web')).deployedState.imageDigest;
      await push('two');
      const noted = { ...(await at('web')), queryParameters: { skipRecreate: true } };
      assertStatus(await client.container.pullImageForService(noted), 204);
      const outdated = await service('web');
      expect(outdated).toMatchObject({ requiresRecreate: true, deployedState: { imageDigest: before } });
      expect((await page('/version')).text).toBe('one');
      assertStatus(await client.container.pullImageForService(await at('web')), 204);
      await untilPage('/version', ({ text }) => text === 'two');
      await untilRunning('web');
      const after = (await service('web')).deployedState.imageDigest;
      expect(after).not.toBe(before);
      expect(after).toBe(outdated.pendingState.imageDigest);
    },
    testMs,
  );

  it(
    'is told of a push by a webhook, shows logs, and is restarted',
    async () => {
      const token = await client.container.rotatePullImageWebhookForService(await at('web'));
      assertStatus(token, 200);
      webhook = token.data.webhookUrl;
      await push('three');
      expect((await fetch(webhook)).status).toBe(204);
      await untilPage('/version', ({ text }) => text === 'three');
      await untilRunning('web');
      assertStatus(await client.container.restartService(await at('web')), 204);
      await untilPage('/version', ({ text }) => text === 'three');
      await untilRunning('web');
      const logs = await client.container.getServiceLogs({ ...(await at('web')), queryParameters: { tail: 20 } });
      assertStatus(logs, 200);
      // httpd writes a line for each page.
      expect(logs.data).toMatch(/response:200/);
    },
    testMs,
  );

  it(
    'removes it all again',
    async () => {
      assertStatus(await client.domain.ingressDeleteIngress({ ingressId }), 204);
      // An edge that serves no host at all has no certificate to show either.
      const isGone = async () => ((await page('/version').catch(() => null))?.status ?? 404) >= 400;
      await waitFor(isGone, { what: 'The host being given up', timeoutMs: settleMs });
      assertStatus(await client.container.declareStack({ stackId: projectId, data: {} }), 200);
      const containers = async () => (await cluster.engine.containers()).length;
      await waitFor(async () => (await containers()) === 0, { what: 'No containers', timeoutMs: settleMs });
      const isForgotten = async () => (await fetch(webhook)).status === 401;
      await waitFor(isForgotten, { what: 'The webhook going with its service', timeoutMs: settleMs });
      const volumes = await client.container.listVolumes({ projectId });
      assertStatus(volumes, 200);
      expect(volumes.data).toMatchObject([{ name: 'data', orphaned: true }]);
      const volumeId = volumes.data[0]?.id ?? '';
      await waitFor(
        async () => (await client.container.deleteVolume({ stackId: projectId, volumeId })).status === 204,
        { what: 'The volume going once its service has gone', timeoutMs: settleMs },
      );
      assertStatus(await client.container.deleteRegistry({ registryId }), 204);
      const left = await client.container.getStack({ stackId: projectId });
      assertStatus(left, 200);
      expect([left.data.services, left.data.volumes]).toEqual([[], []]);
    },
    testMs,
  );
});
