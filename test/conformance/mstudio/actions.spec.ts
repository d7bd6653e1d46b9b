import { serviceAnswer } from '#libs/dialects/mstudio/service/service.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { webhookAnswer } from '#libs/dialects/mstudio/webhook/webhook.wire.js';
import { aPlace, MstudioClient, settled, type Place } from './support/client.js';

describe('actions on services through the mStudio API', () => {
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  let address: string;
  beforeAll(async () => {
    place = await aPlace('actions');
    ({ client, stack } = place);
    await declare({ image: 'nginx:1' });
  });
  afterAll(() => place.cloud.close());

  const declare = async (service: Record<string, unknown>) => {
    const { services } = await client.take(stackAnswer, 'PUT', stack, { services: { web: service } });
    address = `${stack}/services/${services[0]?.id}`;
    return services[0];
  };
  const act = (action: string) => client.done('POST', `${address}/actions/${action}`);
  const read = () => client.take(serviceAnswer, 'GET', address);
  const settle = () => settled(place);

  it('end what is under way, so that nobody has to wait for what never comes up', async () => {
    expect((await read()).status).toBe('starting');
    await act('stop');
    expect((await read()).status).toBe('stopping');
    await act('start');
    await settle();
    expect(await read()).toMatchObject({ status: 'running', requiresRecreate: false });
    await act('recreate');
    await act('recreate');
    await act('pull');
    await act('stop');
    await settle();
    expect((await read()).status).toBe('stopped');
    expect(errorBody.parse(JSON.parse((await client.call('POST', `${address}/actions/stop`)).text))).toMatchObject({
      type: 'InvalidStateError',
      message: expect.stringContaining('it allows start'),
    });
    await act('start');
    await settle();
  });

  it('take a second push while the first one is being deployed', async () => {
    const { webhookUrl } = await client.take(webhookAnswer, 'POST', `${address}/webhook-token`);
    for (const _push of [1, 2]) expect((await fetch(webhookUrl)).status).toBe(204);
    await settle();
    expect(await read()).toMatchObject({ status: 'running', requiresRecreate: false });
  });

  // As the vendor's action for deployments does: change everything, then recreate what is out of date.
  it('recreate what a change left out of date, also twice in a row', async () => {
    for (const image of ['nginx:2', 'nginx:3']) {
      const service = { image, description: 'web', ports: ['80/tcp'], volumes: ['data:/data'] };
      const { services } = await client.take(stackAnswer, 'PATCH', stack, {
        services: { web: service, worker: { image, description: 'worker' } },
        volumes: { data: { name: 'data' } },
      });
      for (const { id, requiresRecreate } of services) {
        if (requiresRecreate) await client.done('POST', `${stack}/services/${id}/actions/recreate`);
      }
    }
    await settle();
    const { services } = await client.take(stackAnswer, 'GET', stack);
    expect(services.map(({ status, deployedState }) => [status, deployedState.image])).toEqual([
      ['running', 'nginx:3'],
      ['running', 'nginx:3'],
    ]);
  });

  it('show the output of the containers that are there, and none of those on their way', async () => {
    const containers = await place.cloud.plane.work.tenantRead(place.tenant, (tx) =>
      tx.containers.ofService(address.split('/').at(-1) ?? ''),
    );
    for (const { id } of containers) place.cloud.streams.awaited.add(id);
    expect(await client.call('GET', `${address}/logs`)).toMatchObject({ status: 200, text: '' });
    place.cloud.streams.awaited.clear();
    expect((await client.call('GET', `${address}/logs`)).text).not.toBe('');
  });
});

describe('callers of the mStudio API who call too often', () => {
  it('are told so, and when to come again', async () => {
    const place = await aPlace('hasty', { requestsPerMinute: 5 });
    let answer = await place.client.call('GET', place.stack);
    for (let calls = 1; calls < 10 && answer.status === 200; calls += 1) {
      answer = await place.client.call('GET', place.stack);
    }
    expect(answer.status).toBe(429);
    expect(JSON.parse(answer.text)).toEqual({ type: 'RateLimitError', message: expect.any(String) });
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    for (const name of ['retry-after', 'x-ratelimit-reset']) {
      expect(Number(answer.headers.get(name))).toBeGreaterThan(0);
    }
    await place.cloud.close();
  });
});
