import { z } from 'zod';
import { serviceAnswer } from '#libs/dialects/mstudio/service/service.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { volumeAnswer } from '#libs/dialects/mstudio/volume/volume.wire.js';
import { aPlace, settled, type MstudioClient, type Place } from './support/client.js';

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

describe('the life of a stack through the mStudio API', () => {
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  beforeAll(async () => {
    place = await aPlace('lifecycle');
    ({ client, stack } = place);
  });
  afterAll(() => place.cloud.close());

  const settle = () => settled(place);
  const read = () => client.take(stackAnswer, 'GET', stack);
  const service = async (name: string) => {
    const found = (await read()).services.find((each) => each.serviceName === name);
    if (!found) throw new Error(`There is no service ${name}.`);
    return found;
  };
  const addressOf = async (name: string) => `${stack}/services/${(await service(name)).id}`;
  const containersOf = async (name: string) => {
    const { id } = await service(name);
    const { projectId, organizationId } = place.tenant;
    const filter = { serviceId: id, limit: 10, offset: 0 };
    const { rows } = await place.cloud.plane.work.tenantRead({ organizationId }, (tx) =>
      tx.containers.details(projectId, filter),
    );
    return rows.map((row) => row.id);
  };
  const both = {
    services: {
      web: { image: 'nginx:1.27', description: 'The site', ports: ['8080:80/tcp'], environment: { B: '2', A: '1' } },
      db: {
        image: 'postgres:16',
        volumes: ['data:/var/lib/postgresql/data'],
        restartPolicy: 'on-failure',
        deploy: { resources: { limits: { cpus: '0.5', memory: '128mb' } } },
      },
    },
    volumes: { data: { name: 'pgdata' }, spare: { name: 'spare' } },
  };

  it('begins with an empty default stack', async () => {
    expect(await read()).toMatchObject({
      id: place.tenant.projectId,
      projectId: place.tenant.projectId,
      description: 'default',
      services: [],
      volumes: [],
    });
  });

  it('declares services and volumes, which then run', async () => {
    const declared = await client.take(stackAnswer, 'PUT', stack, both);
    expect(declared.services.map(({ serviceName, status }) => [serviceName, status])).toEqual([
      ['web', 'starting'],
      ['db', 'starting'],
    ]);
    await settle();
    const after = await read();
    const [web, db] = [await service('web'), await service('db')];
    expect(web).toMatchObject({
      description: 'The site',
      status: 'running',
      requiresRecreate: false,
      restartPolicy: 'always',
      pendingState: { image: 'nginx:1.27', ports: ['8080:80/tcp'], envs: { A: '1', B: '2' }, volumes: [] },
    });
    expect(web.deployedState).toEqual(web.pendingState);
    expect(db).toMatchObject({
      description: 'db',
      restartPolicy: 'on-failure',
      deploy: { resources: { limits: { cpus: '0.5', memory: '128mb' } } },
      pendingState: { volumes: ['pgdata:/var/lib/postgresql/data'] },
    });
    expect(
      [...after.volumes].sort(byName).map(({ name, orphaned, linkedServices }) => [name, orphaned, linkedServices]),
    ).toEqual([
      ['pgdata', false, [db.id]],
      ['spare', true, []],
    ]);
  });

  it('deploys nothing when the same is declared again, in whatever order', async () => {
    const before = [await containersOf('web'), await containersOf('db')];
    const { web, db } = both.services;
    const again = { ...both, services: { db, web: { ...web, environment: { A: '1', B: '2' } } } };
    const answer = await client.take(stackAnswer, 'PUT', stack, again);
    expect(answer.services.map(({ status }) => status)).toEqual(['running', 'running']);
    await settle();
    expect([await containersOf('web'), await containersOf('db')]).toEqual(before);
  });

  it('replaces what a declaration changed and leaves the rest alone', async () => {
    const before = [await containersOf('web'), await containersOf('db')];
    const changed = { ...both, services: { ...both.services, web: { image: 'nginx:1.28' } } };
    await client.take(stackAnswer, 'PUT', stack, changed);
    await settle();
    expect(await containersOf('db')).toEqual(before[1]);
    expect(await containersOf('web')).not.toEqual(before[0]);
    const web = await service('web');
    expect(web).toMatchObject({ status: 'running', description: 'web' });
    expect(web.deployedState).toEqual({ image: 'nginx:1.28', envs: {}, ports: [], volumes: [] });
  });

  it('takes a declaration while another one is being deployed', async () => {
    for (const image of ['nginx:1', 'nginx:2', 'nginx:3']) {
      await client.take(stackAnswer, 'PATCH', `${stack}?recreate=true`, { services: { web: { image } } });
    }
    await settle();
    const web = await service('web');
    expect([web.status, web.deployedState.image, web.requiresRecreate]).toEqual(['running', 'nginx:3', false]);
    expect(await containersOf('web')).toHaveLength(1);
  });

  it('merges a change, which waits until the service is recreated', async () => {
    const before = await containersOf('web');
    await client.take(stackAnswer, 'PATCH', stack, { services: { web: { environment: { TITLE: 'x' } } } });
    await settle();
    expect(await containersOf('web')).toEqual(before);
    const waiting = await service('web');
    expect(waiting).toMatchObject({ requiresRecreate: true, status: 'running' });
    expect([waiting.pendingState.envs, waiting.deployedState.envs]).toEqual([{ TITLE: 'x' }, {}]);
    const listed = await client.take(
      z.array(serviceAnswer),
      'GET',
      `/v2/projects/${place.tenant.projectId}/services?requiresRecreate=true`,
    );
    expect(listed.map(({ serviceName }) => serviceName)).toEqual(['web']);
    await client.done('POST', `${await addressOf('web')}/actions/recreate`);
    await settle();
    expect(await service('web')).toMatchObject({ requiresRecreate: false, deployedState: { envs: { TITLE: 'x' } } });
    expect(await containersOf('web')).not.toEqual(before);
  });

  it('stops, starts, restarts and pulls', async () => {
    const address = await addressOf('web');
    const statusAfter = async (action: string) => {
      await client.done('POST', `${address}/actions/${action}`);
      await settle();
      return (await client.take(serviceAnswer, 'GET', address)).status;
    };
    expect(await statusAfter('stop')).toBe('stopped');
    expect((await client.call('POST', `${address}/actions/restart`)).status).toBe(409);
    expect(await statusAfter('start')).toBe('running');
    const before = await containersOf('web');
    expect(await statusAfter('restart')).toBe('running');
    expect(await containersOf('web')).toEqual(before);
    expect(await statusAfter('pull')).toBe('running');
    expect(await containersOf('web')).not.toEqual(before);
  });

  it('keeps a stopped service stopped when a declaration changes it', async () => {
    await client.done('POST', `${await addressOf('web')}/actions/stop`);
    await settle();
    await client.take(stackAnswer, 'PATCH', `${stack}?recreate=true`, { services: { web: { image: 'nginx:4' } } });
    await settle();
    expect(await service('web')).toMatchObject({ status: 'stopped', requiresRecreate: true });
    await client.done('POST', `${await addressOf('web')}/actions/recreate`);
    await settle();
    expect(await service('web')).toMatchObject({ status: 'running', deployedState: { image: 'nginx:4' } });
  });

  it('reads logs as text', async () => {
    const answer = await client.call('GET', `${await addressOf('web')}/logs?tail=5`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(answer.text).toContain('wrong');
    expect(place.cloud.streams.logRequests.at(-1)).toMatchObject({ tail: 5, follow: false, timestamps: false });
  });

  it('removes a service that is given as nothing, keeps its volume until that is deleted', async () => {
    const volumes = `${stack}/volumes`;
    const [used] = await client.take(z.array(volumeAnswer), 'GET', `${volumes}?searchTerm=pgdata`);
    expect((await client.call('DELETE', `${volumes}/${used?.id}`)).status).toBe(409);
    await client.take(stackAnswer, 'PATCH', stack, { services: { db: {} }, volumes: { data: {} } });
    expect((await client.call('PATCH', stack, { services: { db: { image: 'x' } } })).status).toBe(409);
    await settle();
    expect((await read()).services.map(({ serviceName }) => serviceName)).toEqual(['web']);
    expect(await client.take(volumeAnswer, 'GET', `${volumes}/${used?.id}`)).toMatchObject({ orphaned: true });
    await client.done('DELETE', `${volumes}/${used?.id}`);
    expect((await client.call('GET', `${volumes}/${used?.id}`)).status).toBe(404);
  });

  it('removes what a declaration leaves out, and never the default stack', async () => {
    expect((await client.take(stackAnswer, 'PUT', stack, {})).services).toMatchObject([{ status: 'stopping' }]);
    await settle();
    expect(await read()).toMatchObject({ services: [], volumes: [{ name: 'spare' }] });
    await client.done('DELETE', stack);
    await settle();
    await client.take(stackAnswer, 'PUT', stack, { services: { web: { image: 'nginx' } } });
    await settle();
    expect(await service('web')).toMatchObject({ status: 'running' });
  });

  it('makes further stacks, which go when they are deleted', async () => {
    const stacks = `/v2/projects/${place.tenant.projectId}/stacks`;
    const made = await client.take(stackAnswer, 'POST', stacks, { description: 'Uptime Kuma!' }, 201);
    expect(made).toMatchObject({ description: 'Uptime Kuma!', services: [] });
    const address = `/v2/stacks/${made.id}`;
    const body = { services: { web: { image: 'kuma', volumes: ['kuma:/data'] } } };
    const declared = await client.take(stackAnswer, 'PUT', address, body);
    expect(declared.volumes).toMatchObject([{ name: 'kuma', stackId: made.id, orphaned: false }]);
    await client.take(stackAnswer, 'PATCH', address, { description: 'Uptime' });
    await settle();
    const listed = await client.take(z.array(stackAnswer), 'GET', stacks);
    expect(listed.map(({ description, services }) => [description, services.length])).toEqual([
      ['default', 1],
      ['Uptime', 1],
    ]);
    expect(await client.take(z.array(stackAnswer), 'GET', '/v2/stacks?searchTerm=uptime')).toHaveLength(1);
    await client.done('DELETE', address);
    await settle();
    expect((await client.call('GET', address)).status).toBe(404);
    expect(await client.take(z.array(stackAnswer), 'GET', stacks)).toHaveLength(1);
  });
});
