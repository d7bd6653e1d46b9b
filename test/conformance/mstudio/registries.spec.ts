import { z } from 'zod';
import { imageAnswer } from '#libs/dialects/mstudio/image/image.wire.js';
import {
  credentialsVerdictAnswer,
  registryAnswer,
  uriVerdictAnswer,
} from '#libs/dialects/mstudio/registry/registry.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { digestOf, docker, StandInRegistry } from '#libs/registry/testing/stand-in.registry.js';
import { newId } from '#libs/platform/id.js';
import { aPlace, MstudioClient, type Place } from './support/client.js';

const user = { username: 'robot', password: 'a-very-secret-word' };

describe('registries of a project through the mStudio API', () => {
  const shop = new StandInRegistry({ proof: 'token', user });
  const other = new StandInRegistry({ proof: 'basic', user });
  let place: Place;
  let client: MstudioClient;
  let registries: string;
  beforeAll(async () => {
    await Promise.all([shop.open(), other.open()]);
    place = await aPlace('registries', { trustedRegistries: [shop.host, other.host] });
    client = place.client;
    registries = `/v2/projects/${place.tenant.projectId}/registries`;
  });
  afterAll(async () => {
    await place.cloud.close();
    await Promise.all([shop.close(), other.close()]);
  });

  const make = (wish: Record<string, unknown> = {}) =>
    client.take(
      registryAnswer,
      'POST',
      registries,
      { uri: shop.host, description: 'Ours', credentials: user, ...wish },
      201,
    );
  const drop = (id: string) => client.done('DELETE', `/v2/registries/${id}`);
  const refused = async (method: string, path: string, body?: unknown, by = client) => {
    const answer = await by.call(method, path, body);
    return { status: answer.status, ...errorBody.parse(JSON.parse(answer.text)) };
  };
  const stored = async (id: string) => {
    const { organizationId, projectId } = place.tenant;
    return place.cloud.plane.work.tenantRead({ organizationId }, (tx) => tx.registries.byId(projectId, id));
  };

  it('are made, shown without their password, changed and deleted', async () => {
    const made = await make();
    expect(made).toEqual({
      id: made.id,
      projectId: place.tenant.projectId,
      uri: shop.host,
      description: 'Ours',
      credentials: { username: 'robot', valid: true },
    });
    expect(await client.take(registryAnswer, 'GET', `/v2/registries/${made.id}`)).toEqual(made);
    await client.done('PATCH', `/v2/registries/${made.id}`, { description: 'The shop’s' });
    const changed = { ...made, description: 'The shop’s' };
    const listed = await client.call('GET', `${registries}?hasCredentials=true&limit=1`);
    expect(z.array(registryAnswer).parse(JSON.parse(listed.text))).toEqual([changed]);
    expect(listed.headers.get('x-pagination-totalcount')).toBe('1');
    expect(listed.text).not.toContain(user.password);
    const sealed = await stored(made.id);
    expect(sealed?.sealedPassword?.toString('latin1')).not.toContain(user.password);
    expect((await client.call('GET', `${registries}?hasCredentials=false`)).text).toBe('[]');
    await drop(made.id);
    expect(await refused('GET', `/v2/registries/${made.id}`)).toMatchObject({ status: 404 });
    expect(await refused('DELETE', `/v2/registries/${made.id}`)).toMatchObject({ status: 404 });
  });

  it('show whether the registry takes the credentials, also when they changed', async () => {
    const wrong = { ...user, password: 'guessed' };
    const made = await make({ credentials: wrong });
    expect(made.credentials).toEqual({ username: 'robot', valid: false });
    const address = `/v2/registries/${made.id}`;
    const validate = () => client.take(credentialsVerdictAnswer, 'POST', `${address}/actions/validate-credentials`);
    expect(await validate()).toEqual({ valid: false });
    await client.done('PATCH', address, { credentials: user });
    expect((await client.take(registryAnswer, 'GET', address)).credentials?.valid).toBe(true);
    expect(await validate()).toEqual({ valid: true });
    await client.done('PATCH', address, { credentials: null });
    expect(await client.take(registryAnswer, 'GET', address)).not.toHaveProperty('credentials');
    expect(await validate()).toEqual({ valid: false });
    await drop(made.id);
  });

  it('keep a password for the host that it was given for', async () => {
    const made = await make();
    const address = `/v2/registries/${made.id}`;
    const seen = other.asked.length;
    expect(await refused('PATCH', address, { uri: other.host })).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.credentials' }],
    });
    expect(other.asked).toHaveLength(seen);
    await client.done('PATCH', address, { uri: other.host, credentials: user });
    expect(await client.take(registryAnswer, 'GET', address)).toMatchObject({
      uri: other.host,
      credentials: { valid: true },
    });
    await drop(made.id);
  });

  it.each([
    ['an inner network', '10.0.0.1', 'may not be asked'],
    ['the machine itself', '127.0.0.1:1', 'may not be asked'],
    ['the network’s own services', '169.254.169.254', 'may not be asked'],
    ['another protocol', 'ftp://registry.example', 'not the address of a registry'],
    ['no host', 'a host', 'not the name of a host'],
  ])('are refused at %s', async (_what, uri, sentence) => {
    const answer = await refused('POST', registries, { uri, description: 'x' });
    expect(answer).toMatchObject({ status: 400, validationErrors: [{ path: '.uri' }] });
    expect(answer.message).toContain(sentence);
    const verdict = await client.take(uriVerdictAnswer, 'POST', '/v2/actions/validate-container-registry-uri', {
      registryUri: uri,
    });
    expect(verdict).toEqual({ valid: false, reason: expect.stringContaining(sentence) });
  });

  it('are found good where one answers', async () => {
    const path = '/v2/actions/validate-container-registry-uri';
    expect(await client.take(uriVerdictAnswer, 'POST', path, { registryUri: other.host })).toEqual({ valid: true });
  });

  it.each([
    ['no description', { description: undefined }, '.description'],
    ['half of the credentials', { credentials: { username: 'x' } }, '.credentials.password'],
    ['a user with a colon', { credentials: { username: 'a:b', password: 'x' } }, '.credentials.username'],
  ])('need no %s', async (_what, wish, path) => {
    const body = { uri: shop.host, description: 'x', ...wish };
    expect(await refused('POST', registries, body)).toMatchObject({ status: 400, validationErrors: [{ path }] });
  });

  it('are there once for each address', async () => {
    const made = await make();
    expect(await refused('POST', registries, { uri: `https://${shop.host}/`, description: 'x' })).toMatchObject({
      status: 409,
      type: 'ConflictError',
    });
    await drop(made.id);
  });

  it('are their project’s own', async () => {
    const made = await make();
    const theirs = new MstudioClient(place.cloud, (await place.cloud.tenant('strangers')).apiKey);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { description: 'mine' }],
      ['DELETE', ''],
      ['POST', '/actions/validate-credentials'],
    ] as const) {
      const foreign = await refused(method, `/v2/registries/${made.id}${path}`, body, theirs);
      const absent = await refused(method, `/v2/registries/${newId()}${path}`, body, theirs);
      expect(foreign).toEqual(absent);
      expect(foreign).toMatchObject({ status: 404, message: 'No such registry.' });
    }
    await drop(made.id);
  });

  it('let the image’s configuration be read with their credentials', async () => {
    const image = `${shop.host}/private/pg:docker`;
    const ask = `/v2/container-image-config?imageReference=${encodeURIComponent(image)}`;
    expect(await refused('GET', ask)).toMatchObject({ status: 404 });
    const made = await make();
    const { projectId } = place.tenant;
    for (const more of [`useCredentialsForProjectId=${projectId}`, `useCredentialsForRegistryId=${made.id}`]) {
      const config = await client.take(imageAnswer, 'GET', `${ask}&${more}`);
      expect(config).toMatchObject({
        digest: digestOf(docker),
        userId: 999,
        exposedPorts: [{ port: '5432/tcp', description: 'PostgreSQL', isAiGenerated: false }],
        env: [
          { key: 'PGDATA', isSensitive: false },
          { key: 'EMPTY', isSensitive: false },
        ],
      });
    }
    const elsewhere = encodeURIComponent(`${other.host}/private/pg:docker`);
    expect(
      await refused(
        'GET',
        `/v2/container-image-config?imageReference=${elsewhere}&useCredentialsForRegistryId=${made.id}`,
      ),
    ).toMatchObject({ status: 400, validationErrors: [{ path: '.imageReference' }] });
    const strangers = new MstudioClient(place.cloud, (await place.cloud.tenant('readers')).apiKey);
    for (const more of [`useCredentialsForProjectId=${projectId}`, `useCredentialsForRegistryId=${made.id}`]) {
      expect(await refused('GET', `${ask}&${more}`, undefined, strangers)).toMatchObject({ status: 404 });
    }
    await drop(made.id);
  });
});
