import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { runtimeLabels } from '#libs/runtime/labels.js';
import { tarOf, type RuntimeBench } from './lab.js';

export const describeStores = (bench: () => RuntimeBench): void => {
  const labels = () => ({ [runtimeLabels.project]: randomUUID() });

  describe('volumes', () => {
    it('are made once, listed, used and removed', async () => {
      const { driver } = bench();
      const spec = { name: bench().name('v'), labels: labels() };
      const made = await driver.createVolume(spec);
      expect(made).toMatchObject({ name: spec.name, driver: 'local' });
      expect(made.labels).toMatchObject(spec.labels);
      expect((await driver.createVolume(spec)).name).toBe(spec.name);
      expect((await driver.listVolumes()).map(({ name }) => name)).toEqual([spec.name]);
      const mounts = [{ kind: 'volume' as const, volume: 'data', target: '/data' }];
      const id = await bench().run({ mounts }, { volumes: { '/data': spec.name } });
      await expect(driver.removeVolume(spec.name)).rejects.toMatchObject({ code: 'conflict' });
      await driver.remove(id, { force: true, volumes: true });
      expect(await driver.inspectVolume(spec.name)).toMatchObject({ name: spec.name });
      await driver.removeVolume(spec.name);
      await driver.removeVolume(spec.name);
      await expect(driver.inspectVolume(spec.name)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('of others are left alone', async () => {
      const { driver } = bench();
      const stranger = bench().stranger();
      const spec = { name: bench().name('v'), labels: labels() };
      await stranger.createVolume(spec);
      expect(await driver.listVolumes()).toEqual([]);
      await expect(driver.createVolume(spec)).rejects.toMatchObject({ code: 'conflict' });
      await expect(driver.removeVolume(spec.name)).rejects.toMatchObject({ code: 'conflict' });
      expect(await stranger.inspectVolume(spec.name)).toMatchObject({ name: spec.name });
    });

    it('are lent to other containers, unnamed ones too, which outlive their own container then', async () => {
      const { driver } = bench();
      const spec = { name: bench().name('v'), labels: labels() };
      await driver.createVolume(spec);
      const mounts = [
        { kind: 'volume' as const, volume: 'data', target: '/data' },
        { kind: 'volume' as const, target: '/own' },
      ];
      const lender = await bench().run({ mounts }, { volumes: { '/data': spec.name } });
      await driver.putArchive(lender, '/data', Readable.from([tarOf('named', 'Named.')]));
      await driver.putArchive(lender, '/own', Readable.from([tarOf('unnamed', 'Unnamed.')]));
      const borrower = await bench().run({}, { volumesFrom: [lender] });
      await driver.remove(lender, { force: true, volumes: true });
      for (const path of ['/data/named', '/own/unnamed']) {
        expect(await driver.statArchive(borrower, path)).toMatchObject({ kind: 'file' });
      }
      await driver.remove(borrower, { force: true, volumes: true });
    });

    it('are there at paths that no mount of the definition names', async () => {
      const { driver } = bench();
      const spec = { name: bench().name('v'), labels: labels() };
      await driver.createVolume(spec);
      const first = await bench().run({}, { volumes: { '/kept': spec.name } });
      await driver.putArchive(first, '/kept', Readable.from([tarOf('file', 'Kept.')]));
      await driver.remove(first, { force: true, volumes: true });
      const second = await bench().run({}, { volumes: { '/kept': spec.name } });
      expect(await driver.statArchive(second, '/kept/file')).toMatchObject({ sizeBytes: 5 });
    });

    it('without a name go with their container', async () => {
      const { driver } = bench();
      const mounts = [{ kind: 'volume' as const, target: '/own' }];
      const id = await bench().run({ mounts });
      await driver.remove(id, { force: true, volumes: true });
      await expect(driver.inspect(id)).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('networks', () => {
    it('are made once, with fixed addresses, joined and left', async () => {
      const { driver } = bench();
      const third = Math.floor(Math.random() * 250);
      const spec = { name: bench().name('n'), labels: labels(), subnet: `10.213.${third}.0/24` };
      const made = await driver.createNetwork(spec);
      expect(made).toMatchObject({ name: spec.name, subnet: spec.subnet });
      expect((await driver.createNetwork(spec)).engineId).toBe(made.engineId);
      expect((await driver.listNetworks()).map(({ name }) => name)).toEqual([spec.name]);
      const address = `10.213.${third}.77`;
      const id = await bench().run({}, { network: { name: spec.name, aliases: ['web'], address } });
      const detail = await driver.inspect(id);
      expect(detail.address).toBe(address);
      expect(detail.networks).toMatchObject([{ name: spec.name, address }]);
      expect(detail.networks[0]?.aliases).toContain('web');
      await expect(driver.removeNetwork(spec.name)).rejects.toMatchObject({ code: 'conflict' });

      const second = await driver.createNetwork({ name: bench().name('n'), labels: labels() });
      await driver.connectNetwork(id, { name: second.name, aliases: ['other'] });
      expect((await driver.inspect(id)).networks.map(({ name }) => name).sort()).toEqual(
        [spec.name, second.name].sort(),
      );
      await driver.disconnectNetwork(id, second.name);
      expect((await driver.inspect(id)).networks.map(({ name }) => name)).toEqual([spec.name]);
      await driver.remove(id, { force: true, volumes: true });
      await driver.removeNetwork(spec.name);
      await driver.removeNetwork(spec.name);
      await expect(driver.inspectNetwork(spec.name)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('give a fixed address to one at a time, and to the next once it is free', async () => {
      const { driver } = bench();
      const third = Math.floor(Math.random() * 250);
      const bridge = `pht${randomBytes(4).toString('hex')}`;
      const range = { subnet: `10.214.${third}.0/24`, gateway: `10.214.${third}.1` };
      const spec = { name: bench().name('n'), labels: labels(), ...range, mtu: 1400, bridge };
      expect(await driver.createNetwork(spec)).toMatchObject({ name: spec.name, ...range });
      expect((await driver.createNetwork(spec)).name).toBe(spec.name);
      const network = { name: spec.name, address: `10.214.${third}.9`, macAddress: '02:42:0a:d6:00:09' };
      const first = await bench().run({}, { network });
      expect((await driver.inspect(first)).address).toBe(network.address);
      const second = await driver.create(bench().spec({}, { network }));
      await expect(driver.start(second)).rejects.toMatchObject({ code: 'address-taken' });
      await driver.stop(first, { graceMs: 0 });
      await driver.start(second);
      expect((await driver.inspect(second)).address).toBe(network.address);
      await driver.remove(second, { force: true, volumes: true });
      await driver.remove(first, { force: true, volumes: true });
      await driver.removeNetwork(spec.name);
    });

    it('of others are left alone', async () => {
      const { driver } = bench();
      const stranger = bench().stranger();
      const spec = { name: bench().name('n'), labels: labels() };
      await stranger.createNetwork(spec);
      expect(await driver.listNetworks()).toEqual([]);
      await expect(driver.createNetwork(spec)).rejects.toMatchObject({ code: 'conflict' });
      await expect(driver.removeNetwork(spec.name)).rejects.toMatchObject({ code: 'conflict' });
    });
  });
};
