import { StandaloneContainerCommands } from '#libs/core/container/standalone.commands.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import { NoWakeUps, Plane } from './plane.js';

const image = 'localhost/pierhead/sample:latest';

describe('standalone containers and volumes', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let standalone: StandaloneContainerCommands;
  let volumes: VolumeCommands;

  beforeAll(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    standalone = new StandaloneContainerCommands(plane.work, plane.clock, new HostAccessPolicy(false));
    volumes = new VolumeCommands(plane.work, plane.clock, new NoWakeUps());
  });
  afterAll(() => plane.close());

  const used = async () => {
    const lines = await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, tenant.projectId));
    return Object.fromEntries(lines.map((line) => [line.resource, line.used]));
  };

  it('waits for a node, runs, stops, starts again, is removed and gives its quota back', async () => {
    const { container, action } = await standalone.create(tenant, {
      name: 'one',
      template: { image, resources: { memoryBytes: 64 * 1024 ** 2 } },
    });
    await plane.settle();
    expect((await plane.actions.get(tenant, action.id)).state).toBe('failed');
    const node = await plane.node();
    await plane.settle();
    expect(node.held.has(container.id)).toBe(true);
    expect(await used()).toMatchObject({ containers: 1, memoryBytes: 64 * 1024 ** 2 });

    const stop = await plane.containers.stop(tenant, container.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, stop.action.id)).state).toBe('success');
    const start = await plane.containers.start(tenant, container.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, start.action.id)).state).toBe('success');
    await expect(plane.containers.redeploy(tenant, container.id)).rejects.toMatchObject({ code: 'unsupported' });

    const removal = await plane.containers.terminate(tenant, container.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, removal.action.id)).state).toBe('success');
    expect(node.held.size).toBe(0);
    expect(await used()).toMatchObject({ containers: 0, memoryBytes: 0 });
    await expect(plane.containers.stop(tenant, container.id)).rejects.toMatchObject({ code: 'state' });
  }, 30_000);

  it('keeps a volume while something mounts it, and the node it is on', async () => {
    const first = await plane.node();
    const { service } = await plane.services.create(tenant, {
      name: 'db',
      template: { image, mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
    });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const volume = await volumes.get(tenant, 'data');
    expect(volume.nodeId).not.toBeNull();
    await expect(volumes.delete(tenant, 'data')).rejects.toMatchObject({
      code: 'state',
      message: expect.stringContaining('"db"') as string,
    });
    await plane.services.redeploy(tenant, service.id);
    await plane.settle();
    plane.clock.advance(10_000);
    await plane.settle();
    const [container] = (await plane.serviceQueries.get(tenant, service.id)).containers;
    expect(container?.nodeId).toBe(volume.nodeId);
    await plane.services.terminate(tenant, service.id);
    await plane.settle();
    await volumes.delete(tenant, 'data');
    await expect(volumes.get(tenant, 'data')).rejects.toMatchObject({ code: 'not-found' });
    await expect(volumes.create(tenant, { name: 'no spaces', labels: {} })).rejects.toMatchObject({ code: 'invalid' });
    expect(first.held.size).toBe(0);
  }, 30_000);

  it('refuses what reaches for the host, naming the field', async () => {
    for (const [field, template] of [
      ['template.privileged', { image, privileged: true }],
      ['template.mounts', { image, mounts: [{ kind: 'host-path' as const, source: '/etc', target: '/etc' }] }],
      ['template.networkMode', { image, networkMode: 'host' as const }],
    ] as const) {
      await expect(
        standalone.create(tenant, {
          name: 'bad',
          template: { ...template, mounts: 'mounts' in template ? [...template.mounts] : [] },
        }),
      ).rejects.toMatchObject({
        code: 'invalid',
        detail: { field },
      });
    }
    expect((await used()).containers).toBe(0);
  });
});
