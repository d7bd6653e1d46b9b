import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PulledImage, PullOptions, RuntimeImage, RuntimeImageDetail } from '../image.js';
import { RuntimeError } from '../runtime.error.js';
import { type FakeEngine, normalReference } from './fake-engine.js';

export class FakeImages {
  constructor(private readonly engine: FakeEngine) {}

  async pull(reference: string, options: PullOptions): Promise<PulledImage> {
    await this.engine.pass();
    const present = this.engine.findImage(reference);
    if (present && options.policy !== 'always') return present;
    if (options.policy === 'never') {
      throw new RuntimeError('image-not-found', `The image ${reference} is not on this node and is not to be pulled.`);
    }
    options.onProgress?.({ layer: null, message: `Pulling ${reference}`, currentBytes: null, totalBytes: null });
    try {
      await delay(this.engine.delays.pullMs, undefined, { signal: options.signal });
    } catch (error) {
      throw new RuntimeError('aborted', 'The pull was given up.', { cause: error });
    }
    return this.engine.download(reference);
  }

  async inspect(reference: string): Promise<RuntimeImageDetail> {
    await this.engine.pass();
    const image = this.engine.findImage(reference);
    if (!image) throw new RuntimeError('image-not-found', `No such image: ${reference}`);
    return image;
  }

  async list(): Promise<RuntimeImage[]> {
    await this.engine.pass();
    return [...new Set(this.engine.images.values())];
  }

  async import(reference: string, content: Readable): Promise<string> {
    await this.engine.pass();
    for await (const _chunk of content); // nothing runs from it here
    return this.engine.addImage(reference).imageId;
  }

  async remove(reference: string): Promise<void> {
    await this.engine.pass();
    const image = this.engine.findImage(reference);
    if (!image) return;
    const used = [...this.engine.containers.values()].some((container) => container.image.imageId === image.imageId);
    if (used) throw new RuntimeError('conflict', `The image ${reference} is in use by a container.`);
    for (const name of [reference, ...image.references]) this.engine.images.delete(normalReference(name));
  }
}
