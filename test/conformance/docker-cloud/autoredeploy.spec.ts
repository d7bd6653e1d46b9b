import { ImageFollower } from '#libs/core/image/image-follower.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { createLog } from '#libs/platform/log.js';
import { DistributionImageInspector } from '#libs/registry/distribution/distribution.image-inspector.js';
import { PrivateRegistry } from '../agent/support/private-registry.js';
import { pushImage } from '../agent/support/push-image.js';
import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

// real: docker-registry with a password, PostgreSQL, HTTP, the reconcilers; fake: nodes
const proof = { user: 'robot', password: 'a-very-secret-word' };

describe('services that are redeployed when their image changes', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let registry: PrivateRegistry;
  const follower = (trusted = [registry.host]) =>
    new ImageFollower(
      cloud.plane.work,
      cloud.plane.clock,
      new ServiceCommands(cloud.plane.work, cloud.plane.clock, new HostAccessPolicy(true)),
      new DistributionImageInspector({ trusted }),
      new RegistryVault(cloud.plane['database'].masterKey),
      { everyMs: 60_000, atMostMs: 3_600_000 },
      createLog('test', 'silent'),
    );
  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const push = (repository: string, mark: string) => pushImage(registry.host, repository, 'live', mark, proof);

  beforeAll(async () => {
    [cloud, registry] = await Promise.all([Cloud.open(), PrivateRegistry.start(proof.user, proof.password)]);
    tenant = await cloud.tenant('follows');
    await cloud.plane.node();
    const name = `${registry.host}/team/web`;
    await call('POST', '/api/repo/v1/repository/', { name, username: proof.user, password: proof.password });
  });
  afterAll(async () => {
    registry?.stop();
    await cloud?.close();
  });

  async function running(name: string, repository: string, autoredeploy: boolean): Promise<string> {
    const image = `${registry.host}/${repository}:live`;
    const made = await call('POST', '/api/app/v1/service/', { name, image, autoredeploy });
    const uri = made.body['resource_uri'] as string;
    await call('POST', `${uri}start/`);
    await cloud.plane.settle();
    return uri;
  }
  const containersOf = async (uri: string) => {
    await cloud.plane.settle();
    return ((await call('GET', uri)).body['containers'] as string[]).join();
  };
  async function later(trusted?: string[]): Promise<void> {
    cloud.plane.clock.advance(61_000);
    await follower(trusted).look();
  }

  it('are redeployed once per change, those that did not ask for it never', async () => {
    await push('team/web', 'one');
    const [follows, stays] = [await running('follows', 'team/web', true), await running('stays', 'team/web', false)];
    const before = [await containersOf(follows), await containersOf(stays)];
    await later();
    await later();
    expect([await containersOf(follows), await containersOf(stays)]).toEqual(before);

    const digest = await push('team/web', 'two');
    cloud.plane.clock.advance(61_000);
    await Promise.all([follower().look(), follower().look()]);
    const after = await containersOf(follows);
    expect(after).not.toBe(before[0]);
    expect(await containersOf(stays)).toBe(before[1]);
    await later();
    expect(await containersOf(follows)).toBe(after);
    const { objects } = (await call('GET', '/api/audit/v1/action/?limit=100')).body as { objects: Body[] };
    const redeploys = objects.filter(({ action }) => action === 'Service Redeploy');
    expect(redeploys).toHaveLength(1);
    expect(redeploys[0]).toMatchObject({ state: 'Success', object: follows });
    expect(JSON.stringify(objects)).not.toContain(proof.password);
    expect(digest).toMatch(/^sha256:/);
  });

  it('are looked at at once when the registry tells of a push', async () => {
    await push('team/web', 'three');
    const follows = await running('told', 'team/web', true);
    await later();
    await containersOf(follows);
    // A service is left alone until its last redeploy is over.
    cloud.plane.clock.advance(61_000);
    const before = await containersOf(follows);
    await push('team/web', 'four');
    const notice = (host: string) =>
      cloud.send(
        'POST',
        '/api/v1/image-notices',
        { authorization: `Bearer ${tenant.apiKey}` },
        { events: [{ action: 'push', target: { repository: 'team/web', tag: 'live' }, request: { host } }] },
      );
    expect((await notice('elsewhere.example')).body).toEqual({ images: 0 });
    expect([(await notice(registry.host)).status, (await notice(registry.host)).body]).toEqual([200, { images: 1 }]);
    await follower().look();
    expect(await containersOf(follows)).not.toBe(before);
  });

  it('are left as they are while the registry says no, and asked about less and less often', async () => {
    const image = `${registry.host}/secret/other:live`;
    await push('secret/other', 'one');
    const uri = await running('refused', 'secret/other', true);
    const before = await containersOf(uri);
    await later();
    await later();
    const [row] = (await cloud.plane.owner.query(`SELECT * FROM image_watch WHERE image = $1`, [image])) as Body[];
    expect(row).toMatchObject({ digest: null, failures: 2, message: expect.stringMatching(/image/) });
    const waitMs = (row?.['look_at'] as Date).getTime() - cloud.plane.clock.now().getTime();
    expect(waitMs).toBeGreaterThan(61_000);
    expect(await containersOf(uri)).toBe(before);
  });

  it('are forgotten when nobody follows their image any more', async () => {
    const { objects } = (await call('GET', '/api/app/v1/service/?limit=100')).body as { objects: Body[] };
    for (const service of objects) await call('DELETE', service['resource_uri'] as string);
    await cloud.plane.settle();
    await follower().look();
    expect(await cloud.plane.owner.query(`SELECT * FROM image_watch`)).toEqual([]);
  });
});
