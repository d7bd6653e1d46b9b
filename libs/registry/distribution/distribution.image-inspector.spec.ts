import { digestOf, docker, index, oci, StandInRegistry } from '../testing/stand-in.registry.js';
import { DistributionImageInspector } from './distribution.image-inspector.js';

const user = { username: 'robot', password: 'se:cret' };

describe('reading images from a registry', () => {
  const registry = new StandInRegistry({ proof: 'token', user });
  beforeAll(() => registry.open());
  afterAll(() => registry.close());

  const inspector = (trusted = [registry.host], timeoutMs = 5_000) =>
    new DistributionImageInspector({ trusted, timeoutMs });

  it('takes the usual platform of an index, with a token, and follows to the configuration', async () => {
    expect(await inspector().inspect(`${registry.host}/team/pg:16`, null)).toEqual({
      digest: digestOf(index),
      user: '999:999',
      entrypoint: ['docker-entrypoint.sh'],
      command: ['postgres'],
      environment: [
        { name: 'PGDATA', value: '/var/lib/pg=data' },
        { name: 'EMPTY', value: '' },
      ],
      ports: ['5432/tcp'],
      volumes: ['/var/lib/pg'],
    });
    expect(registry.tokensGiven).toEqual(['repository:team/pg:pull']);
  });

  it.each([
    ['docker', docker],
    [`x@${digestOf(oci)}`, oci],
  ])('reads one platform’s manifest, %s', async (wanted, body) => {
    const reference = `${registry.host}/team/pg:${wanted}`;
    expect((await inspector().inspect(reference, null)).digest).toBe(digestOf(body));
  });

  it('reads a private image with credentials, and not without', async () => {
    const reference = `${registry.host}/private/pg:docker`;
    expect((await inspector().inspect(reference, user)).digest).toBe(digestOf(docker));
    for (const credentials of [null, { ...user, password: 'wrong' }]) {
      await expect(inspector().inspect(reference, credentials)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it.each([
    ['missing', 'not-found'],
    ['huge', 'unavailable'],
    ['torn', 'unavailable'],
  ])('refuses %s as %s', async (tag, code) => {
    await expect(inspector().inspect(`${registry.host}/team/pg:${tag}`, null)).rejects.toMatchObject({ code });
  });

  it('does not wait for ever', async () => {
    const slow = inspector([registry.host], 200).inspect(`${registry.host}/silent/pg`, null);
    await expect(slow).rejects.toMatchObject({ code: 'timeout' });
  });

  it('asks nothing inside that the operator does not allow, by address or by name', async () => {
    const before = registry.asked.length;
    const port = registry.host.split(':')[1];
    for (const host of [registry.host, `localhost:${port}`]) {
      await expect(inspector([]).inspect(`${host}/team/pg:16`, null)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(registry.asked).toHaveLength(before);
  });
});
