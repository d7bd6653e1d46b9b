import { newUser } from '#libs/core/identity/new-records.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { aPlace, MstudioClient, settled, type Place } from './support/client.js';

const web = { services: { web: { image: 'nginx' } } };

describe('what goes with the calls of the mStudio API', () => {
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  beforeAll(async () => {
    place = await aPlace('consistency');
    ({ client, stack } = place);
  });
  afterAll(() => place.cloud.close());

  const write = async () => {
    const answer = await client.call('PUT', stack, web);
    stackAnswer.parse(JSON.parse(answer.text));
    const etag = answer.headers.get('etag');
    expect(etag).toMatch(/^\d+$/);
    return etag ?? '';
  };
  const read = (reached: string) => client.call('GET', stack, undefined, { 'if-event-reached': reached });

  it('a write says where it stands, and a read that names the place sees it', async () => {
    const etag = await write();
    for (const reached of [etag, `"${etag}"`]) {
      const answer = await read(reached);
      expect(answer.status).toBe(200);
      expect(stackAnswer.parse(JSON.parse(answer.text)).services).toHaveLength(1);
    }
  });

  it.each([
    ['POST', '/v2/projects/:project/stacks', { description: 'Another' }, 201],
    ['PATCH', '/v2/projects/:project', { description: 'Renamed' }, 204],
    ['DELETE', '/v2/stacks/:project', undefined, 204],
  ])('so does %s %s', async (method, path, body, status) => {
    const answer = await client.call(method, path.replace(':project', place.tenant.projectId), body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('etag')).toMatch(/^\d+$/);
  });

  it('a read waits for what is still under way, and says when it waited in vain', async () => {
    await settled(place);
    let end = () => {};
    const gate = new Promise<void>((resolve) => (end = resolve));
    let begun = () => {};
    const begins = new Promise<void>((resolve) => (begun = resolve));
    const other = place.cloud.plane.work.platform(async (tx) => {
      await tx.identity.users.insert(newUser({ name: 'slowly' }, new Date()));
      begun();
      await gate;
    });
    await begins;
    const etag = await write();
    const early = await read(etag);
    expect(early.status).toBe(412);
    expect(errorBody.parse(JSON.parse(early.text))).toMatchObject({ type: 'PreconditionFailedError' });
    const waiting = read(etag);
    end();
    await other;
    expect((await waiting).status).toBe(200);
  });

  it('a place that will never come is waited for no longer than the limit', async () => {
    expect((await read('99999999999999')).status).toBe(412);
    const wrong = await read('soon');
    expect(wrong.status).toBe(400);
    expect(JSON.parse(wrong.text)).toMatchObject({ validationErrors: [{ path: '["if-event-reached"]' }] });
  });

  it('every answer to a known caller says how many calls are left', async () => {
    const good = await client.call('GET', stack);
    const absent = await client.call('GET', '/v2/registries/7fe7ec85-58be-4904-81da-de2219098d7c');
    for (const { headers } of [good, absent]) {
      expect(headers.get('x-ratelimit-limit')).toBe('1000000');
      expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(1_000_000);
      expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    }
    const [before, after] = [good, absent].map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
    expect(after).toBe((before ?? 0) - 1);
    const stranger = await new MstudioClient(place.cloud, 'wrong').call('GET', stack);
    expect([stranger.status, stranger.headers.get('x-ratelimit-limit')]).toEqual([401, null]);
  });
});
