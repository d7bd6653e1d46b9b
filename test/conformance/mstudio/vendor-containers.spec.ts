import { assertStatus } from '@mittwald/api-client';
import { StandInRegistry } from '#libs/registry/testing/stand-in.registry.js';
import { aPlace, settled, type Place } from './support/client.js';
import { contract } from './support/contract.js';
import { vendorClient, type VendorClient } from './support/vendor.js';

const credentials = { username: 'robot', password: 'a-very-secret-word' };

describe('the published mStudio client, with containers', () => {
  const registry = new StandInRegistry({ proof: 'token', user: credentials });
  let place: Place;
  let vendor: VendorClient;
  let api: VendorClient['client']['container'];
  /** The default stack's id is the project's. */
  let [projectId, stackId, furtherId] = ['', '', ''];
  beforeAll(async () => {
    await registry.open();
    place = await aPlace('vendor', { trustedRegistries: [registry.host] });
    vendor = vendorClient(place.cloud.url, place.tenant.apiKey);
    api = vendor.client.container;
    projectId = stackId = place.tenant.projectId;
  });
  afterAll(async () => {
    await place.cloud.close();
    await registry.close();
  });

  const settle = () => settled(place);
  const serviceAt = async (name: string) => {
    const listed = await api.listServices({ projectId, queryParameters: { searchTerm: name } });
    assertStatus(listed, 200);
    const [found] = listed.data;
    if (!found) throw new Error(`There is no service ${name}.`);
    return { stackId: found.stackId, serviceId: found.id };
  };

  it('declares a stack of two services and a volume, changes one and recreates it', async () => {
    const declared = await api.declareStack({
      stackId,
      data: {
        services: {
          web: { image: 'nginx:1.27', description: 'Web', ports: ['80/tcp'], environment: { TITLE: 'one' } },
          db: {
            image: 'postgres:16',
            description: 'Database',
            volumes: ['data:/var/lib/postgresql/data'],
            restartPolicy: 'unless-stopped',
            deploy: { resources: { limits: { cpus: '0.5', memory: '256mb' } } },
          },
        },
        volumes: { data: { name: 'data' } },
      },
    });
    assertStatus(declared, 200);
    expect(declared.data.services?.map(({ serviceName }) => serviceName)).toEqual(['web', 'db']);
    await settle();
    const changed = await api.updateStack({
      stackId,
      queryParameters: { recreate: true },
      data: { services: { web: { environment: { TITLE: 'two' } } } },
    });
    assertStatus(changed, 200);
    await settle();
    const shown = await api.getService(await serviceAt('web'));
    assertStatus(shown, 200);
    expect(shown.data).toMatchObject({
      status: 'running',
      requiresRecreate: false,
      deployedState: { envs: { TITLE: 'two' } },
    });
  });

  it('finds services, stacks and volumes', async () => {
    const paged = { limit: 1, page: 1 };
    const services = await api.listServices({
      projectId,
      queryParameters: { stackId, status: 'running', requiresRecreate: false, sortOrder: 'descriptionDesc', ...paged },
    });
    assertStatus(services, 200);
    expect(services.data.map(({ description }) => description)).toEqual(['Web']);
    expect(services.headers['x-pagination-totalcount']).toBe('2');
    for (const searchTerm of ['Database', stackId, 'c-', 'The service runs', 'db']) {
      const found = await api.listAccessibleServices({ queryParameters: { searchTerm, sortOrder: 'descriptionAsc' } });
      assertStatus(found, 200);
      expect(found.data[0]?.serviceName).toBe('db');
    }
    for (const searchTerm of ['default', 'Database', 'web']) {
      const found = await api.listSelfStacks({ queryParameters: { searchTerm, ...paged } });
      assertStatus(found, 200);
      expect(found.data).toHaveLength(1);
    }
    const none = await api.listStacks({ projectId, queryParameters: { searchTerm: stackId } });
    assertStatus(none, 200);
    expect(none.data).toEqual([]);
    const volumes = await api.listStackVolumes({
      stackId,
      queryParameters: { searchTerm: 'dat', sortOrder: 'nameAsc' },
    });
    assertStatus(volumes, 200);
    const volumeId = volumes.data[0]?.id ?? '';
    const volume = await api.getVolume({ stackId, volumeId });
    assertStatus(volume, 200);
    expect(volume.data).toMatchObject({ name: 'data', orphaned: false });
  });

  it('acts on a service and reads its logs', async () => {
    const at = await serviceAt('web');
    for (const action of ['restartService', 'recreateService', 'stopService', 'startService'] as const) {
      assertStatus(await api[action](at), 204);
      await settle();
    }
    assertStatus(await api.pullImageForService(at), 204);
    await settle();
    const token = await api.rotatePullImageWebhookForService(at);
    assertStatus(token, 200);
    const called = await api.callPullImageWebhookForService({
      stackId,
      queryParameters: { token: token.data.token },
    });
    assertStatus(called, 204);
    await settle();
    const logs = await api.getServiceLogs({ ...at, queryParameters: { tail: 10 } });
    assertStatus(logs, 200);
    expect(logs.data).toContain('one');
  });

  it('keeps registries, and reads an image with their credentials', async () => {
    const made = await api.createRegistry({
      projectId,
      data: { uri: registry.host, description: 'Ours', credentials },
    });
    assertStatus(made, 201);
    expect(made.data.credentials).toEqual({ username: 'robot', valid: true });
    const registryId = made.data.id;
    assertStatus(await api.updateRegistry({ registryId, data: { description: 'Theirs' } }), 204);
    const listed = await api.listRegistries({ projectId, queryParameters: { hasCredentials: true } });
    assertStatus(listed, 200);
    const shown = await api.getRegistry({ registryId });
    assertStatus(shown, 200);
    expect(listed.data).toEqual([shown.data]);
    const config = await api.getContainerImageConfig({
      queryParameters: {
        imageReference: `${registry.host}/private/pg:docker`,
        useCredentialsForRegistryId: registryId,
        generateAiData: false,
      },
    });
    assertStatus(config, 200);
    expect(config.data.exposedPorts).toMatchObject([{ port: '5432/tcp' }]);
    assertStatus(await api.deleteRegistry({ registryId }), 204);
  });

  it('makes a stack of its own, and removes everything', async () => {
    const made = await api.createStack({ projectId, data: { description: 'Uptime' } });
    assertStatus(made, 201);
    furtherId = made.data.id;
    assertStatus(await api.deleteStack({ stackId: furtherId }), 204);
    assertStatus(await api.updateStack({ stackId, data: { services: { db: {} } } }), 200);
    await settle();
    const volumes = await api.listVolumes({ projectId });
    assertStatus(volumes, 200);
    expect(volumes.data).toMatchObject([{ name: 'data', orphaned: true, stackId }]);
    assertStatus(await api.deleteVolume({ stackId, volumeId: volumes.data[0]?.id ?? '' }), 204);
    assertStatus(await api.declareStack({ stackId, data: {} }), 200);
    await settle();
    const left = await api.getStack({ stackId });
    assertStatus(left, 200);
    expect([left.data.services, left.data.volumes]).toEqual([[], []]);
  });

  it('reads a refusal', async () => {
    const absent = await api.getStack({ stackId: '7fe7ec85-58be-4904-81da-de2219098d7c' });
    expect([absent.status, absent.data]).toEqual([404, { type: 'NotFoundError', message: 'No such stack.' }]);
    const wrong = await api.declareStack({ stackId, data: { services: { web: { image: 'No Image' } } } });
    assertStatus(wrong, 400);
    expect(wrong.data.validationErrors).toMatchObject([{ path: '.services.web.image' }]);
  });

  it('has called every operation that it knows', () => {
    // Both are deprecated, and left out of the client.
    expect(vendor.uncalled(contract.containers)).toEqual([
      'POST /v2/registries/{registryId}/actions/validate-credentials',
      'POST /v2/actions/validate-container-registry-uri',
    ]);
  });
});
