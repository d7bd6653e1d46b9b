import { randomUUID } from 'node:crypto';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import type { RuntimeVolumeSpec } from '#libs/runtime/volume.js';
import { ShareMounts } from '../shares/share.mounts.js';
import { ImageGrants } from '../state/image-grants.js';
import { MemoryStateStore } from '../state/memory.state-store.js';
import { FoundVolumes } from '../storage/found-volumes.js';
import { VolumeFences } from '../storage/volume-fences.js';
import { assignment, image } from '../testing/node-fixture.js';
import { ObservedNode } from '../testing/observed-node.js';
import { until } from '../testing/until.js';

describe('volumes on file shares', () => {
  const source = { shareId: randomUUID(), nodeId: 'server', machine: null, address: '192.0.2.9', port: 2049 };
  const asked: RuntimeVolumeSpec[] = [];
  let driver: FakeRuntime;
  let node: ObservedNode;
  let generation = 0;

  const reaching = async (nfsClient: boolean) => {
    asked.length = 0;
    driver = new FakeRuntime(randomUUID(), new FakeEngine({ images: [image] }));
    const create = driver.createVolume.bind(driver);
    driver.createVolume = (spec) => {
      asked.push(spec);
      return create(spec);
    };
    const place = { nfsClient, machine: null };
    const shares = new ShareMounts({ nodeId: 'here', place, disk: null, folder: '/nonexistent/pierhead' });
    const rest = [new ImageGrants(null), null, new VolumeFences(null), new FoundVolumes(), shares] as const;
    node = new ObservedNode(driver, new MemoryStateStore(), new Map(), ...rest);
    await node.converger.start();
  };
  afterEach(() => node.converger.close());
  const onShare = () => ({
    ...{ target: '/data', volumeId: randomUUID(), name: `engine-${randomUUID()}`, fence: 0, options: {} },
    share: source,
  });
  const template = { mounts: [{ kind: 'volume' as const, perInstance: true, target: '/data' }] };

  it('are asked of the engine as NFS, made anew where the way changed, and leave nothing on the engine', async () => {
    await reaching(true);
    const mounted = onShare();
    const wanted = assignment({ volumes: [mounted], template });
    await driver.createVolume({ name: mounted.name, labels: { 'io.pierhead.share-mount': 'of before' } });
    await node.converger.applyChange(++generation, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    expect(asked.at(-1)).toMatchObject({
      name: mounted.name,
      options: {
        type: 'nfs',
        o: 'addr=192.0.2.9,port=2049,vers=4.1,proto=tcp,hard',
        device: `192.0.2.9:/${source.shareId}/${mounted.volumeId}`,
      },
    });
    await node.converger.applyChange(++generation, [{ ...wanted, generation: 2, desired: 'removed', template: null }]);
    await node.reaches(wanted.containerId, 'removed');
    expect(await driver.listVolumes()).toEqual([]);
  });

  it('are refused with a sentence where they cannot be reached, and asked of no engine', async () => {
    await reaching(false);
    const wanted = assignment({ volumes: [onShare()], template });
    await node.converger.applyChange(++generation, [wanted]);
    const said = () => (node.reports.get(wanted.containerId) ?? []).map(({ message }) => message ?? '');
    const sentence = 'The node’s kernel has no NFS client, and the share is on another machine.';
    await until(
      () => `its sentence, not ${String(said())}`,
      () => said().some((message) => message.includes(sentence)),
    );
    expect(asked).toEqual([]);
  });
});
