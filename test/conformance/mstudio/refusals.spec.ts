import { z } from 'zod';
import { customerAnswer, projectAnswer, projectListItem } from '#libs/dialects/mstudio/project/project.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { newId } from '#libs/platform/id.js';
import { aPlace, MstudioClient, type Place } from './support/client.js';

describe('what the mStudio API refuses, and who may see what', () => {
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  beforeAll(async () => {
    place = await aPlace('refusals');
    ({ client, stack } = place);
  });
  afterAll(() => place.cloud.close());

  const refused = async (method: string, path: string, body?: unknown, by = client) => {
    const answer = await by.call(method, path, body);
    return { status: answer.status, ...errorBody.parse(JSON.parse(answer.text)), headers: answer.headers };
  };
  const withService = (service: Record<string, unknown>) => ({ services: { web: { image: 'nginx', ...service } } });

  it.each([
    ['an image', { image: 'No Image' }, '.services.web.image'],
    ['a port', { ports: ['80/tcp', 'http'] }, '.services.web.ports[1]'],
    ['a mount', { volumes: ['data'] }, '.services.web.volumes[0]'],
    ['a path of the project', { volumes: ['/home/p-1/html:/var/www'] }, '.services.web.volumes[0]'],
    ['a volume’s name', { volumes: ['da$ta:/x'] }, '.services.web.volumes[0]'],
    ['CPUs', { deploy: { resources: { limits: { cpus: 'many' } } } }, '.services.web.deploy.resources.limits.cpus'],
    [
      'too little memory',
      { deploy: { resources: { limits: { memory: '1kb' } } } },
      '.services.web.deploy.resources.limits.memory',
    ],
    [
      'a size',
      { deploy: { resources: { limits: { memory: '1tb' } } } },
      '.services.web.deploy.resources.limits.memory',
    ],
    ['a variable', { environment: { 'A=B': 'x' } }, '.services.web.environment'],
    ['a variable’s value', { environment: { A: 1 } }, '.services.web.environment.A'],
    ['a policy', { restartPolicy: 'sometimes' }, '.services.web.restartPolicy'],
    ['no image at all', { image: undefined }, '.services.web.image'],
  ])('names %s', async (_what, service, path) => {
    const answer = await refused('PUT', stack, withService(service));
    expect(answer).toMatchObject({ status: 400, type: 'ValidationError', validationErrors: [{ path }] });
  });

  it.each([
    ['a key that is no name', { services: { 'my service': { image: 'nginx' } } }, '.services["my service"]'],
    [
      'a new service without an image',
      { services: { fresh: { ports: [], description: 'x' } } },
      '.services.fresh.image',
    ],
    ['a schedule', { updateSchedule: { cron: '* * * * *' } }, '.updateSchedule'],
  ])('names %s in a change', async (_what, body, path) => {
    expect(await refused('PATCH', stack, body)).toMatchObject({ status: 400, validationErrors: [{ path }] });
  });

  it('leaves everything as it was when one part is refused', async () => {
    await refused('PUT', stack, { services: { good: { image: 'nginx' }, bad: { image: 'No Image' } } });
    expect((await client.take(stackAnswer, 'GET', stack)).services).toEqual([]);
  });

  it('answers a body that is no JSON, an unknown address and a wrong method in the API’s own shape', async () => {
    expect(await refused('PUT', stack, '{')).toMatchObject({ status: 400, type: 'ValidationError' });
    expect(await refused('GET', '/v2/mail-addresses')).toMatchObject({ status: 404, type: 'NotFoundError' });
    expect(await refused('GET', '/v2/container-templates')).toMatchObject({ status: 404, type: 'NotFoundError' });
    const wrong = await refused('POST', stack, {});
    expect(wrong).toMatchObject({ status: 405, type: 'MethodNotAllowedError' });
    expect(wrong.headers.get('allow')).toBe('GET, PUT, PATCH, DELETE');
  });

  it('takes the key in either header and nothing without one', async () => {
    const { cloud, tenant } = place;
    expect(await refused('GET', '/v2/projects', undefined, new MstudioClient(cloud, 'wrong'))).toMatchObject({
      status: 401,
      type: 'UnauthorizedError',
    });
    const bearer = { authorization: `Bearer ${tenant.apiKey}`, 'x-access-token': '' };
    expect((await client.call('GET', '/v2/projects', undefined, bearer)).status).toBe(200);
  });

  it('lets a key that may only read change nothing', async () => {
    const { secret } = await place.cloud.key(place.tenant, { access: 'read' });
    const reader = new MstudioClient(place.cloud, secret);
    await reader.take(stackAnswer, 'GET', stack);
    expect(await refused('PUT', stack, {}, reader)).toMatchObject({ status: 403, type: 'PermissionDeniedError' });
  });

  it('answers a foreign stack as an absent one', async () => {
    const other = await place.cloud.tenant('others');
    const theirs = new MstudioClient(place.cloud, other.apiKey);
    await client.take(stackAnswer, 'PUT', stack, withService({}));
    const foreign = await refused('GET', stack, undefined, theirs);
    const absent = await refused('GET', `/v2/stacks/${newId()}`, undefined, theirs);
    expect([foreign.status, foreign.message]).toEqual([absent.status, absent.message]);
    expect(foreign).toMatchObject({ status: 404, message: 'No such stack.' });
    expect(await theirs.take(z.array(stackAnswer), 'GET', '/v2/stacks')).toMatchObject([{ services: [] }]);
    expect((await theirs.call('GET', '/v2/services')).text).toBe('[]');
  });

  it('says that a quota is reached', async () => {
    await place.cloud.limit(place.tenant, { services: 1 });
    const body = { services: { web: { image: 'nginx' }, more: { image: 'nginx' } } };
    expect(await refused('PUT', stack, body)).toMatchObject({ status: 403, type: 'QuotaExceededError' });
    await place.cloud.limit(place.tenant, { services: 100 });
  });

  it('shows the customer and the projects, and makes, renames and deletes one', async () => {
    const { organizationId, projectId } = place.tenant;
    const [customer] = await client.take(z.array(customerAnswer), 'GET', '/v2/customers');
    expect(customer).toMatchObject({ customerId: organizationId, memberCount: 1, projectCount: 1 });
    expect(await client.take(customerAnswer, 'GET', `/v2/customers/${organizationId}`)).toEqual(customer);
    const path = `/v2/servers/${organizationId}/projects`;
    const made = await client.take(z.object({ id: z.uuid() }), 'POST', path, { description: 'My shop' }, 201);
    const listed = await client.take(z.array(projectListItem), 'GET', '/v2/projects?sort=description');
    expect(listed.map(({ id }) => id).sort()).toEqual([projectId, made.id].sort());
    await client.done('PATCH', `/v2/projects/${made.id}`, { description: 'Our shop' });
    expect(await client.take(projectAnswer, 'GET', `/v2/projects/${made.id}`)).toMatchObject({
      description: 'Our shop',
      customerId: organizationId,
    });
    const further = `/v2/stacks/${made.id}`;
    expect((await client.take(stackAnswer, 'GET', further)).projectId).toBe(made.id);
    expect(await client.take(z.array(stackAnswer), 'GET', '/v2/stacks')).toHaveLength(2);
    await client.done('DELETE', `/v2/projects/${made.id}`);
    expect((await client.call('GET', `/v2/projects/${made.id}`)).status).toBe(404);
    expect(await refused('DELETE', `/v2/projects/${projectId}`)).toMatchObject({ status: 409 });
  });

  it.each(['127.0.0.1:5000/team/pg', '169.254.169.254/latest', 'No Image'])(
    'asks no registry for %s',
    async (image) => {
      const path = `/v2/container-image-config?imageReference=${encodeURIComponent(image)}`;
      expect(await refused('GET', path)).toMatchObject({
        status: 400,
        validationErrors: [{ path: '.imageReference' }],
      });
    },
  );

  it('pages', async () => {
    const services = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { image: 'nginx' }]));
    await client.take(stackAnswer, 'PUT', stack, { services });
    const answer = await client.call(
      'GET',
      '/v2/services?limit=2&page=2&sortOrder=descriptionDesc&stackId=' + place.tenant.projectId,
    );
    const names = (JSON.parse(answer.text) as { serviceName: string }[]).map(({ serviceName }) => serviceName);
    expect(names).toEqual(expect.arrayContaining(['a']));
    expect(answer.headers.get('x-pagination-page')).toBe('2');
    expect(await refused('GET', '/v2/services?limit=-1')).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.limit' }],
    });
  });
});
