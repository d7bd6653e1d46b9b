import { z } from 'zod';
import { digestOf, docker, StandInRegistry } from '#libs/registry/testing/stand-in.registry.js';
import { serviceAnswer } from '#libs/dialects/mstudio/service/service.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { aPlace, settled, type MstudioClient, type Place } from './support/client.js';

/** What a file of variables may hold, as clients send it: nothing is read into it, nothing cut off. */
const variables = {
  EMPTY: '',
  SPACES: '  both ends  ',
  EQUALS: 'a=b=c',
  QUOTES: `"double" 'single' \`back\``,
  REFERENCE: '$HOME ${PATH:-x} $$',
  COMMENT: '#no comment # at all',
  LINES: 'first\nsecond\r\n\ttabbed',
  ESCAPES: '\\n \\t \\\\',
  UMLAUTS: 'Grüße, 你好 🚢',
  JSON: '{"a":[1,2]}',
  lower_case: 'kept',
  'WITH.DOT-AND-DASH': 'kept',
};

describe('how services are declared through the mStudio API', () => {
  const registry = new StandInRegistry({ proof: 'none' });
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  beforeAll(async () => {
    await registry.open();
    place = await aPlace('declarations', { trustedRegistries: [registry.host] });
    ({ client, stack } = place);
  });
  afterAll(async () => {
    await place.cloud.close();
    await registry.close();
  });

  const put = (service: Record<string, unknown>) =>
    client.take(stackAnswer, 'PUT', stack, { services: { web: { image: 'nginx', ...service } } });
  const patch = (service: unknown, query = '') =>
    client.take(stackAnswer, 'PATCH', `${stack}${query}`, { services: { web: service } });
  const web = async () => {
    const { services } = await client.take(stackAnswer, 'GET', stack);
    const [found] = services;
    if (!found) throw new Error('There is no service.');
    return found;
  };
  const addressOf = ({ services }: z.output<typeof stackAnswer>, name: string) =>
    `${stack}/services/${services.find(({ serviceName }) => serviceName === name)?.id}`;
  const settle = () => settled(place);
  const refused = async (service: Record<string, unknown>) => {
    const answer = await client.call('PUT', stack, { services: { web: { image: 'nginx', ...service } } });
    return { status: answer.status, ...errorBody.parse(JSON.parse(answer.text)) };
  };

  it('keeps variables as they are given', async () => {
    const { services } = await put({ environment: variables });
    expect(services[0]?.pendingState.envs).toEqual(variables);
    expect((await web()).pendingState.envs).toEqual(variables);
  });

  it('takes variables under their former name, which gives way to the present one', async () => {
    expect((await put({ envs: { OLD: '1' } })).services[0]?.pendingState.envs).toEqual({ OLD: '1' });
    const both = await patch({ envs: { OLD: '1' }, environment: { NEW: '2' } });
    expect(both.services[0]?.pendingState.envs).toEqual({ NEW: '2' });
    expect((await patch({ environment: {} })).services[0]?.pendingState.envs).toEqual({});
  });

  it.each([
    ['no name', { '': 'x' }, '.services.web.environment'],
    ['an equals sign in a name', { 'A=B': 'x' }, '.services.web.environment'],
    ['a number', { PORT: 80 }, '.services.web.environment.PORT'],
    ['null', { PORT: null }, '.services.web.environment.PORT'],
    ['a value that no process can be given', { NUL: 'a\0b' }, '.services.web.environment.NUL'],
  ])('takes no variable with %s', async (_what, environment, path) => {
    const answer = await refused({ environment });
    expect(answer).toMatchObject({ status: 400, type: 'ValidationError', validationErrors: [{ path }] });
  });

  it.each([
    ['80', '80/tcp'],
    ['80/TCP', '80/tcp'],
    ['8080:80', '8080:80/tcp'],
    ['53:5353/udp', '53:5353/udp'],
    ['80:80/tcp', '80/tcp'],
  ])('reads the port %s', async (given, shown) => {
    expect((await put({ ports: [given] })).services[0]?.pendingState.ports).toEqual([shown]);
  });

  it.each(['3000-3005', '127.0.0.1:80:80', '80/sctp', '0', '65536:80'])('takes no port %s', async (port) => {
    expect(await refused({ ports: [port] })).toMatchObject({ validationErrors: [{ path: '.services.web.ports[0]' }] });
  });

  it.each([
    ['0.5', '512mb', { cpus: '0.5', memory: '512mb' }],
    ['2', '1g', { cpus: '2', memory: '1gb' }],
    ['0.001', '4194304', { cpus: '0.001', memory: '4mb' }],
    [undefined, '6000001b', { memory: '6000001b' }],
  ])('limits to %s CPUs and %s', async (cpus, memory, limits) => {
    const { services } = await put({ deploy: { resources: { limits: { cpus, memory } } } });
    expect(services[0]?.deploy).toEqual({ resources: { limits } });
  });

  it('leaves a change of nothing without effect', async () => {
    await put({ environment: { A: '1' }, description: 'The site' });
    await settle();
    const before = await client.take(stackAnswer, 'GET', stack);
    for (const body of [{}, { services: {} }, { services: {}, volumes: {}, updateSchedule: null }]) {
      expect(await client.take(stackAnswer, 'PATCH', `${stack}?recreate=true`, body)).toEqual(before);
    }
    await client.take(stackAnswer, 'PATCH', stack, { services: { never: {} }, volumes: { never: {} } });
    expect(await client.take(stackAnswer, 'GET', stack)).toEqual(before);
  });

  it('keeps what a change leaves out, the description too', async () => {
    await patch({ restartPolicy: 'on-failure' });
    const [kept] = (await patch({ ports: ['80/tcp'] })).services;
    expect(kept).toMatchObject({ description: 'The site', restartPolicy: 'on-failure', requiresRecreate: true });
    expect(kept?.pendingState).toEqual({ image: 'nginx', envs: { A: '1' }, ports: ['80/tcp'], volumes: [] });
  });

  it('removes a service by a change to nothing, and only that', async () => {
    await client.take(stackAnswer, 'PATCH', stack, { services: { second: { image: 'busybox' }, web: {} } });
    await settle();
    const { services } = await client.take(stackAnswer, 'GET', stack);
    expect(services.map(({ serviceName, description }) => [serviceName, description])).toEqual([['second', 'second']]);
  });

  it('notes a newer image without replacing containers', async () => {
    const image = `${registry.host}/team/pg:docker`;
    const made = await client.take(stackAnswer, 'PUT', stack, { services: { pg: { image } } });
    await settle();
    const address = addressOf(made, 'pg');
    const read = () => client.take(serviceAnswer, 'GET', address);
    const before = await read();
    expect(before).toMatchObject({ requiresRecreate: false, status: 'running' });
    expect(before.deployedState.imageDigest).not.toBe(digestOf(docker));
    await client.done('POST', `${address}/actions/pull?skipRecreate=true`);
    await settle();
    const after = await read();
    expect(after).toMatchObject({
      requiresRecreate: true,
      status: 'running',
      pendingState: { imageDigest: digestOf(docker) },
    });
    expect(after.deployedState).toEqual(before.deployedState);
    const waiting = await client.take(
      z.array(serviceAnswer),
      'GET',
      `/v2/projects/${place.tenant.projectId}/services?requiresRecreate=true`,
    );
    expect(waiting).toHaveLength(1);
    await client.done('POST', `${address}/actions/recreate`);
    await settle();
    expect((await read()).requiresRecreate).toBe(false);
  });

  it('says so where a newer image cannot be looked for', async () => {
    const image = `${registry.host}/team/pg:gone`;
    const made = await client.take(stackAnswer, 'PUT', stack, { services: { pg: { image } } });
    const pull = `${addressOf(made, 'pg')}/actions/pull?skipRecreate=true`;
    expect((await client.call('POST', pull)).status).toBe(404);
    await client.take(stackAnswer, 'PUT', stack, { services: { pg: { image: '127.0.0.1:1/team/pg:1' } } });
    const answer = await client.call('POST', pull);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { validationErrors: [{ path: '' }] }]);
  });
});
