import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import type { Assignment } from '#libs/core/agent/agent-directory.port.js';
import { hashSecret } from '#libs/core/identity/secret.js';
import { Plane, type SimulatedNode } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };
const web = { ...template, ports: [{ containerPort: 80 }] };

describe('what containers are told', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let nodes: SimulatedNode[];
  let addresses = 10;

  /** Every container runs at an address of its own. */
  const answer = () => ({ state: 'running' as const, address: `10.64.0.${++addresses}` });

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    nodes = [await plane.node(), await plane.node(), await plane.node()];
    for (const node of nodes) node.behave = answer;
  });
  afterEach(() => plane.close());

  const assignments = (serviceName: string): Assignment[] =>
    nodes
      .flatMap((node) => [...node.held.values()].map(({ assignment }) => assignment))
      .filter((assignment) => assignment.serviceName === serviceName)
      .sort((a, b) => a.ordinal - b.ordinal);
  const told = (serviceName: string, ordinal = 1): Record<string, string> => {
    const assignment = assignments(serviceName).find((one) => one.ordinal === ordinal);
    return Object.fromEntries((assignment?.platformEnvironment ?? []).map(({ name, value }) => [name, value]));
  };
  const addressOf = (serviceName: string, ordinal: number): string | null | undefined =>
    nodes
      .flatMap((node) => [...node.held.values()])
      .find(({ assignment }) => assignment.serviceName === serviceName && assignment.ordinal === ordinal)?.observed
      .address;
  const pass = async (ms: number) => {
    plane.clock.advance(ms);
    await plane.settle();
  };

  it('is told of all containers of a service it links to, though both start together', async () => {
    const { stack } = await plane.stacks.create(tenant, {
      name: 'shop',
      displayName: null,
      services: [
        {
          name: 'proxy',
          template,
          naming: 'docker-cloud',
          links: [{ alias: 'my-web', service: 'web' }],
        },
        {
          name: 'web',
          template: {
            ...web,
            environment: [
              { name: 'ROOT', value: '/' },
              { name: 'DB_PASSWORD', value: 'hunter2' },
            ],
          },
          replicas: 2,
          naming: 'docker-cloud',
        },
      ],
    });
    await plane.stacks.start(tenant, stack.id);
    await plane.settle();
    await pass(200);
    const [first, second] = [addressOf('web', 1), addressOf('web', 2)];
    expect(told('proxy')).toMatchObject({
      MY_WEB_1_PORT_80_TCP: `tcp://${first}:80`,
      MY_WEB_2_PORT_80_TCP_ADDR: second,
      MY_WEB_PORT: `tcp://${first}:80`,
      MY_WEB_2_ENV_ROOT: '/',
      MY_WEB_ENV_DOCKERCLOUD_CONTAINER_HOSTNAME: 'web-1',
      DOCKERCLOUD_CONTAINER_HOSTNAME: 'proxy-1',
      DOCKERCLOUD_STACK_NAME: 'shop',
    });
    expect(told('proxy')['MY_WEB_DOCKERCLOUD_API_URL']).toMatch(/^https:\/\/api\.cloud\.example\/api\/app\/v1\//);
    expect(JSON.stringify(told('proxy'))).not.toContain('hunter2');
    const { rows } = await plane.serviceQueries.list(tenant, { limit: 10, offset: 0, name: 'proxy' });
    expect(rows[0]?.state).toBe('running');
  });

  it('is told nothing later: a link is what it was when the container was made', async () => {
    const server = (await plane.services.create(tenant, { name: 'web', template: web })).service;
    const client = (
      await plane.services.create(tenant, { name: 'proxy', template, links: [{ alias: 'web', service: 'web' }] })
    ).service;
    await plane.services.start(tenant, server.id);
    await plane.settle();
    await plane.services.start(tenant, client.id);
    await plane.settle();
    const before = told('proxy');
    expect(before['WEB_1_PORT']).toBe(`tcp://${addressOf('web', 1)}:80`);
    await plane.services.update(tenant, server.id, (spec) => ({ ...spec, replicas: 2, links: [], volumesFrom: [] }));
    await plane.settle();
    expect(assignments('web')).toHaveLength(2);
    expect(told('proxy')).toEqual(before);
    await plane.services.redeploy(tenant, client.id);
    await plane.settle();
    expect(told('proxy')['WEB_2_PORT']).toBe(`tcp://${addressOf('web', 2)}:80`);
  });

  it('waits no longer than half a minute for a service that does not come up', async () => {
    for (const node of nodes)
      node.behave = (assignment) =>
        assignment.serviceName === 'web' ? { state: 'starting', address: null } : { state: 'running' };
    const { stack } = await plane.stacks.create(tenant, {
      name: 'shop',
      displayName: null,
      services: [
        { name: 'proxy', template, links: [{ alias: 'web', service: 'web' }] },
        { name: 'web', template: web },
      ],
    });
    await plane.stacks.start(tenant, stack.id);
    await plane.settle();
    await pass(20_000);
    expect(assignments('proxy')).toEqual([]);
    const { rows } = await plane.serviceQueries.list(tenant, { limit: 10, offset: 0, name: 'proxy' });
    expect(rows[0]?.stateMessage).toBe('It waits for the addresses of "web", which it links to.');
    await pass(11_000);
    expect(assignments('proxy')).toHaveLength(1);
    expect(told('proxy')).toEqual({});
  });

  it('meets the container on its own node where both services have one on every node', async () => {
    const everywhere = { placement: { strategy: 'every-node' as const } };
    const server = (await plane.services.create(tenant, { name: 'agent', template: web, ...everywhere })).service;
    await plane.services.start(tenant, server.id);
    await plane.settle();
    const links = [{ alias: 'agent', service: 'agent' }];
    const client = (await plane.services.create(tenant, { name: 'probe', template, links, ...everywhere })).service;
    await plane.services.start(tenant, client.id);
    await plane.settle();
    expect(assignments('probe')).toHaveLength(3);
    for (const node of nodes) {
      const held = [...node.held.values()];
      const [here] = held.filter(({ assignment }) => assignment.serviceName === 'agent');
      const [probe] = held.filter(({ assignment }) => assignment.serviceName === 'probe');
      const ports = probe?.assignment.platformEnvironment.filter(({ name }) => /^AGENT_\d+_PORT$/.test(name));
      expect(ports).toEqual([
        { name: `AGENT_${here?.assignment.ordinal}_PORT`, value: `tcp://${here?.observed.address}:80` },
      ]);
    }
  });

  it('is linked to those before it where containers start one after another', async () => {
    const { service } = await plane.services.create(tenant, {
      name: 'db',
      template: { ...template, ports: [{ containerPort: 3306 }] },
      replicas: 3,
      sequential: true,
    });
    await plane.services.start(tenant, service.id);
    for (let i = 0; i < 4; i++) await pass(6_000);
    expect(assignments('db')).toHaveLength(3);
    const linkedIn = (ordinal: number) => Object.keys(told('db', ordinal)).filter((name) => /^DB_\d+_PORT$/.test(name));
    expect([1, 2, 3].map(linkedIn)).toEqual([[], ['DB_1_PORT'], ['DB_1_PORT', 'DB_2_PORT']]);
    expect(told('db', 3)['DB_2_PORT']).toBe(`tcp://${addressOf('db', 2)}:3306`);
  });

  describe('with a role', () => {
    const keyIn = (environment: Record<string, string>): string => {
      const [scheme, encoded = ''] = (environment['DOCKERCLOUD_AUTH'] ?? '').split(' ');
      expect(scheme).toBe('Basic');
      const [user, secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
      expect(user).toBe('service/api');
      return secret;
    };
    const find = (secret: string) => plane.work.platform((tx) => tx.identity.apiKeys.byHash(hashSecret(secret)));
    const start = async () => {
      const { service } = await plane.services.create(tenant, {
        name: 'api',
        template,
        replicas: 2,
        roles: ['global'],
        naming: 'docker-cloud',
        rollout: { kind: 'rolling', parallelism: 1, delayMs: 1_000, monitorMs: 1_000 },
      });
      await plane.services.start(tenant, service.id);
      await plane.settle();
      return service;
    };

    it('gets a key of its service in its project, sealed in the database', async () => {
      const service = await start();
      const secret = keyIn(told('api', 1));
      expect(keyIn(told('api', 2))).toBe(secret);
      const key = await find(secret);
      expect(key).toMatchObject({
        serviceId: service.id,
        userId: null,
        projectId: tenant.projectId,
        access: 'write',
        revokedAt: null,
      });
      const stored = await plane.owner.query<{ text: string }[]>(
        `SELECT row_to_json(c)::text AS text FROM container c UNION ALL SELECT row_to_json(k)::text FROM api_key k
         UNION ALL SELECT row_to_json(a)::text FROM action a UNION ALL SELECT row_to_json(e)::text FROM event e`,
      );
      expect(stored.length).toBeGreaterThan(4);
      for (const { text } of stored) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('hex'));
        expect(text).not.toContain('DOCKERCLOUD_AUTH');
      }
    });

    it('gets the same key when its service is scaled, and another one with a redeployment', async () => {
      const service = await start();
      const before = keyIn(told('api', 1));
      await plane.services.update(tenant, service.id, (spec) => ({ ...spec, replicas: 3, links: [], volumesFrom: [] }));
      await plane.settle();
      expect(keyIn(told('api', 3))).toBe(before);

      await plane.services.redeploy(tenant, service.id);
      await plane.settle();
      const mixed = [1, 2, 3].map((ordinal) => keyIn(told('api', ordinal)));
      expect(new Set(mixed).size).toBe(2);
      expect((await find(before))?.revokedAt).toBeNull();
      for (let i = 0; i < 8; i++) await pass(1_500);
      const [after] = new Set([1, 2, 3].map((ordinal) => keyIn(told('api', ordinal))));
      expect(after).not.toBe(before);
      expect((await find(before))?.revokedAt).toBeInstanceOf(Date);
      expect((await find(after ?? ''))?.revokedAt).toBeNull();
    });

    it('loses its key with its service, and when the role is taken away', async () => {
      const service = await start();
      const first = keyIn(told('api', 1));
      await plane.services.update(tenant, service.id, (spec) => ({ ...spec, roles: [], links: [], volumesFrom: [] }));
      await plane.services.redeploy(tenant, service.id);
      for (let i = 0; i < 8; i++) await pass(1_500);
      expect(told('api', 1)['DOCKERCLOUD_AUTH']).toBeUndefined();
      expect((await find(first))?.revokedAt).toBeInstanceOf(Date);

      await plane.services.update(tenant, service.id, (spec) => ({
        ...spec,
        roles: ['global'],
        links: [],
        volumesFrom: [],
      }));
      await plane.services.redeploy(tenant, service.id);
      for (let i = 0; i < 8; i++) await pass(1_500);
      const second = keyIn(told('api', 1));
      expect((await find(second))?.revokedAt).toBeNull();
      await plane.services.terminate(tenant, service.id);
      await plane.settle();
      expect((await find(second))?.revokedAt).toBeInstanceOf(Date);
    });
  });
});
