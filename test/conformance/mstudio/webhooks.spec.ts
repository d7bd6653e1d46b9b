import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import { webhookAnswer } from '#libs/dialects/mstudio/webhook/webhook.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { aPlace, MstudioClient, settled, type Place } from './support/client.js';

describe('webhooks that pull an image', () => {
  let place: Place;
  let client: MstudioClient;
  let stack: string;
  let service: string;
  beforeAll(async () => {
    place = await aPlace('webhooks');
    ({ client, stack } = place);
    const body = { services: { web: { image: 'nginx' }, other: { image: 'redis' } } };
    const made = await client.take(stackAnswer, 'PUT', stack, body);
    service = `${stack}/services/${made.services[0]?.id}`;
    await settled(place);
  });
  afterAll(() => place.cloud.close());

  const rotate = () => client.take(webhookAnswer, 'POST', `${service}/webhook-token`);
  /** Without any credential. */
  const call = async (url: string) => {
    const answer = await fetch(url);
    return { status: answer.status, text: await answer.text() };
  };
  const deployments = async (name: string) => {
    const { organizationId, projectId } = place.tenant;
    return place.cloud.plane.work.tenantRead({ organizationId }, async (tx) => {
      const { rows } = await tx.services.details(projectId, { name, limit: 1, offset: 0 });
      const found = rows[0];
      return { revision: found?.revision, pull: found?.spec.template.pullPolicy, state: found?.state };
    });
  };

  it('replace the containers of their service, for anybody who has the token', async () => {
    const { token, webhookUrl } = await rotate();
    expect(webhookUrl).toBe(
      `${place.cloud.url}/v2/stacks/${place.tenant.projectId}/webhooks/pull-image?token=${token}`,
    );
    const [before, other] = [await deployments('web'), await deployments('other')];
    expect(await call(webhookUrl)).toEqual({ status: 204, text: '' });
    await settled(place);
    const after = await deployments('web');
    expect(after).toMatchObject({ pull: 'always', state: 'running' });
    expect(after.revision).toBeGreaterThan(before.revision ?? 0);
    expect(await deployments('other')).toEqual(other);
  });

  it('are one for each service: a new token takes the place of the one before', async () => {
    const former = await rotate();
    const { webhookUrl } = await rotate();
    const refused = await call(former.webhookUrl);
    expect(refused.status).toBe(401);
    expect(errorBody.parse(JSON.parse(refused.text))).toMatchObject({ type: 'UnauthorizedError' });
    expect((await call(webhookUrl)).status).toBe(204);
    await settled(place);
  });

  it('do nothing with a token of another stack, none, or one that does something else', async () => {
    const { token, webhookUrl } = await rotate();
    const stranger = await place.cloud.tenant('elsewhere');
    const foreign = webhookUrl.replace(place.tenant.projectId, stranger.projectId);
    expect((await call(foreign)).status).toBe(401);
    expect((await call(webhookUrl.replace(token, 'guessed'))).status).toBe(401);
    expect((await call(webhookUrl.replace(/\?.*/, ''))).status).toBe(400);
    const trigger = await place.cloud.call(
      place.tenant,
      'POST',
      `/api/app/v1/service/${service.split('/').at(-1)}/trigger/`,
      {},
    );
    const secret = String(trigger.body['url']).split('/').at(-3) ?? '';
    expect(secret).toMatch(/^ph_t_/);
    expect((await call(webhookUrl.replace(token, secret))).status).toBe(401);
  });

  it('leave no token in the audit trail', async () => {
    const { token, webhookUrl } = await rotate();
    await call(webhookUrl);
    const { organizationId, projectId } = place.tenant;
    const { rows } = await place.cloud.plane.work.tenantRead({ organizationId }, (tx) =>
      tx.actions.list(organizationId, projectId, { limit: 100, offset: 0 }),
    );
    const [newest] = rows;
    expect(newest).toMatchObject({ verb: 'redeploy', userName: expect.stringMatching(/^trigger:pull-/) });
    expect(JSON.stringify(rows)).not.toContain(token);
    await settled(place);
  });
});
