import { Readable } from 'node:stream';
import type { RuntimeBench } from './lab.js';

export const describeImages = (bench: () => RuntimeBench): void => {
  describe('engine and images', () => {
    it('says what the engine is and has', async () => {
      const info = await bench().driver.info();
      expect(info.version).toMatch(/^\d+\.\d+/);
      expect(info.milliCpu).toBeGreaterThanOrEqual(1000);
      expect(info.memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
    });

    it('takes an image that is there as it is', async () => {
      const { driver, lab } = bench();
      const pulled = await driver.pull(lab.image, { policy: 'missing' });
      expect(pulled.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await driver.pull(lab.image, { policy: 'never' })).toEqual(pulled);
      const detail = await driver.inspectImage(lab.image);
      expect(detail.imageId).toBe(pulled.imageId);
      expect(await driver.inspectImage(pulled.imageId)).toMatchObject({ imageId: pulled.imageId });
      const listed = (await driver.listImages()).find((image) => image.imageId === pulled.imageId);
      expect(listed?.references.some((reference) => reference.startsWith(lab.image.split(':')[0] ?? ''))).toBe(true);
    });

    it('does not try to pull what is never to be pulled', async () => {
      const { driver, lab } = bench();
      const pull = driver.pull(lab.missingImage, { policy: 'never' });
      await expect(pull).rejects.toMatchObject({ name: 'RuntimeError', code: 'image-not-found' });
      await expect(driver.inspectImage(lab.missingImage)).rejects.toMatchObject({ code: 'image-not-found' });
    });

    it('says why an image cannot be pulled, without the credentials', async () => {
      const { driver, lab } = bench();
      const credentials = { username: 'user', password: 'a-secret-of-some-length' };
      const error: unknown = await driver.pull(lab.missingImage, { policy: 'missing', credentials }).catch((e) => e);
      expect(error).toMatchObject({ name: 'RuntimeError' });
      expect(['image-not-found', 'registry-unavailable', 'unauthorized']).toContain((error as { code: string }).code);
      expect((error as Error).message).not.toContain(credentials.password);
    });

    it('makes an image out of a tar, also of an empty one, which a container can be made of', async () => {
      const { driver } = bench();
      const reference = `localhost/pierhead/${bench().name('i')}:1`;
      const imageId = await driver.importImage(reference, Readable.from([Buffer.alloc(1024)]));
      try {
        expect(await driver.inspectImage(reference)).toMatchObject({ imageId });
        const id = await driver.create(bench().spec({ image: reference, command: ['nothing'], networkMode: 'none' }));
        expect(await driver.inspect(id)).toMatchObject({ state: 'created' });
        await driver.remove(id, { force: true, volumes: true });
      } finally {
        await driver.removeImage(reference);
      }
    });

    it('refuses a container of an absent image', async () => {
      const { driver, lab } = bench();
      const create = driver.create(bench().spec({ image: lab.missingImage }));
      await expect(create).rejects.toMatchObject({ code: 'image-not-found' });
    });

    it('does not take an image from under a container, and minds no absent one', async () => {
      const { driver, lab } = bench();
      await driver.removeImage(lab.missingImage);
      const { imageId } = await driver.inspectImage(lab.image);
      await bench().run();
      await expect(driver.removeImage(imageId)).rejects.toMatchObject({ code: 'conflict' });
    });
  });
};
