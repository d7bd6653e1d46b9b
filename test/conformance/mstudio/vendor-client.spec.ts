import { assertStatus, MittwaldAPIV2Client } from '@mittwald/api-client';
import { aPlace, settled, type Place } from './support/client.js';

/** The vendor's own client, as it is published, with nothing changed but the address it calls. */
describe('the published mStudio client', () => {
  let place: Place;
  let client: MittwaldAPIV2Client;
  beforeAll(async () => {
    place = await aPlace('vendor');
    client = MittwaldAPIV2Client.newWithToken(place.tenant.apiKey);
    client.axios.defaults.baseURL = place.cloud.url;
  });
  afterAll(() => place.cloud.close());

  const settle = () => settled(place);

  it('makes a project, deploys a stack of two services and a volume, changes, reads and removes it', async () => {
    const customers = await client.customer.listCustomers();
    assertStatus(customers, 200);
    const serverId = customers.data[0]?.customerId ?? '';
    const made = await client.project.createProject({ serverId, data: { description: 'From the client' } });
    assertStatus(made, 201);
    const projectId = made.data.id;
    const found = await client.project.getProject({ projectId });
    assertStatus(found, 200);
    expect(found.data).toMatchObject({ description: 'From the client', supportedFeatures: ['container'] });

    // The default stack's id is the project's.
    const stackId = projectId;
    const declared = await client.container.declareStack({
      stackId,
      data: {
        services: {
          web: { image: 'nginx:1.27', description: 'Web', ports: ['80/tcp'], environment: { TITLE: 'one' } },
          db: { image: 'postgres:16', description: 'Database', volumes: ['data:/var/lib/postgresql/data'] },
        },
        volumes: { data: { name: 'data' } },
      },
    });
    assertStatus(declared, 200);
    expect(declared.data.services?.map(({ serviceName }) => serviceName)).toEqual(['web', 'db']);
    await settle();

    const changed = await client.container.updateStack({
      stackId,
      queryParameters: { recreate: true },
      data: { services: { web: { environment: { TITLE: 'two' } } } },
    });
    assertStatus(changed, 200);
    await settle();
    const listed = await client.container.listServices({ projectId, queryParameters: { searchTerm: 'web' } });
    assertStatus(listed, 200);
    const [web] = listed.data;
    expect(web).toMatchObject({
      status: 'running',
      requiresRecreate: false,
      deployedState: { envs: { TITLE: 'two' } },
    });
    const at = { stackId, serviceId: web?.id ?? '' };
    for (const action of ['restartService', 'recreateService', 'stopService', 'startService'] as const) {
      assertStatus(await client.container[action](at), 204);
      await settle();
    }
    assertStatus(await client.container.pullImageForService(at), 204);
    await settle();
    const logs = await client.container.getServiceLogs({ ...at, queryParameters: { tail: 10 } });
    assertStatus(logs, 200);
    expect(logs.data).toContain('one');

    assertStatus(await client.container.updateStack({ stackId, data: { services: { db: {} } } }), 200);
    await settle();
    const volumes = await client.container.listVolumes({ projectId });
    assertStatus(volumes, 200);
    expect(volumes.data).toMatchObject([{ name: 'data', orphaned: true, stackId }]);
    const volumeId = volumes.data[0]?.id ?? '';
    assertStatus(await client.container.deleteVolume({ stackId, volumeId }), 204);
    assertStatus(await client.container.declareStack({ stackId, data: {} }), 200);
    await settle();
    const left = await client.container.getStack({ stackId });
    assertStatus(left, 200);
    expect([left.data.services, left.data.volumes]).toEqual([[], []]);
  });

  it('reads a refusal', async () => {
    const answer = await client.container.getStack({ stackId: '7fe7ec85-58be-4904-81da-de2219098d7c' });
    expect(answer.status).toBe(404);
    expect(answer.data).toEqual({ type: 'NotFoundError', message: 'No such stack.' });
  });
});
