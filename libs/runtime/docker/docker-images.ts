import type { Readable } from 'node:stream';
import { decodeJsonLines } from '#libs/wire/docker/json-lines.js';
import { encodeRegistryAuth } from '#libs/wire/docker/registry-auth.js';
import type { PulledImage, PullOptions, RuntimeImage, RuntimeImageDetail } from '../image.js';
import { isRuntimeError, RuntimeError } from '../runtime.error.js';
import { toImageId } from './container-inspect.js';
import { type DockerApi, segment } from './docker-api.js';
import { toPullError } from './docker-error.js';
import {
  digestFor,
  type ImageAnswer,
  type ImageListAnswer,
  splitReference,
  toImage,
  toImageDetail,
} from './image-answer.js';

const maxRememberedDigests = 4096;
/** How long an image is known to have no digest, as one that was built here: it has none until it is pushed. */
const withoutDigestMs = 5_000;

interface PullLine {
  id?: string;
  status?: string;
  stream?: string;
  progressDetail?: { current?: number; total?: number } | null;
  error?: string;
  errorDetail?: { message?: string } | null;
}

export class DockerImages {
  /** An image never changes; only whether a digest is known for it may. */
  private readonly digests = new Map<string, string>();
  /** Until when, on the process's own clock, absence is remembered. */
  private readonly without = new Map<string, number>();

  constructor(private readonly api: DockerApi) {}

  async pull(reference: string, options: PullOptions): Promise<PulledImage> {
    if (options.policy !== 'always') {
      const present = await this.find(reference);
      if (present) return present;
      if (options.policy === 'never') {
        throw new RuntimeError(
          'image-not-found',
          `The image ${reference} is not on this node and is not to be pulled.`,
        );
      }
    }
    await this.download(reference, options);
    this.without.clear();
    const pulled = await this.find(reference);
    if (!pulled) throw new RuntimeError('engine', `The engine pulled ${reference} and does not have it.`);
    return pulled;
  }

  async inspect(reference: string): Promise<RuntimeImageDetail> {
    return toImageDetail(await this.raw(reference), reference);
  }

  async list(): Promise<RuntimeImage[]> {
    const { body } = await this.api.json<ImageListAnswer[] | null>('GET', '/images/json');
    return (body ?? []).map(toImage);
  }

  async remove(reference: string): Promise<void> {
    try {
      await this.api.json('DELETE', `/images/${segment(reference)}`);
    } catch (error) {
      if (!isRuntimeError(error, 'image-not-found', 'not-found')) throw error;
    }
  }

  async import(reference: string, content: Readable): Promise<string> {
    const { name, tag } = splitReference(reference);
    const answer = await this.api.upload('POST', '/images/create', content, {
      query: { fromSrc: '-', repo: name, tag },
    });
    const { status } = answer as { status?: string };
    const imageId = toImageId(status ?? '');
    if (!imageId) throw new RuntimeError('engine', `The engine did not say what it made of ${reference}.`);
    // Podman takes the name and does not give it.
    await this.api.json('POST', `/images/${segment(imageId)}/tag`, { query: { repo: name, tag } });
    return imageId;
  }

  /** Null where the engine has no digest for it, or the image is gone. */
  async digestOf(imageId: string): Promise<string | null> {
    const known = this.digests.get(imageId);
    if (known !== undefined) return known;
    if ((this.without.get(imageId) ?? 0) > performance.now()) return null;
    const image = await this.find(imageId);
    if (image?.digest) {
      if (this.digests.size >= maxRememberedDigests) this.digests.clear();
      this.digests.set(imageId, image.digest);
    } else if (image) {
      if (this.without.size >= maxRememberedDigests) this.without.clear();
      this.without.set(imageId, performance.now() + withoutDigestMs);
    }
    return image?.digest ?? null;
  }

  private async find(reference: string): Promise<PulledImage | null> {
    try {
      const answer = await this.raw(reference);
      return { imageId: toImageId(answer.Id) ?? answer.Id, digest: digestFor(answer.RepoDigests, reference) };
    } catch (error) {
      if (isRuntimeError(error, 'image-not-found')) return null;
      throw error;
    }
  }

  private async raw(reference: string): Promise<ImageAnswer> {
    try {
      return (await this.api.json<ImageAnswer>('GET', `/images/${segment(reference)}/json`)).body;
    } catch (error) {
      if (!isRuntimeError(error, 'not-found')) throw error;
      throw new RuntimeError('image-not-found', error.message, { cause: error });
    }
  }

  private async download(reference: string, options: PullOptions): Promise<void> {
    const { name, tag } = splitReference(reference);
    const { credentials, onProgress, signal } = options;
    const headers: Record<string, string> = credentials ? { 'x-registry-auth': encodeRegistryAuth(credentials) } : {};
    try {
      const answer = await this.api.stream('POST', '/images/create', {
        query: { fromImage: name, tag },
        headers,
        signal,
        timeoutMs: Infinity,
      });
      for await (const value of decodeJsonLines(answer)) {
        const line = value as PullLine;
        const failure = line.errorDetail?.message ?? line.error;
        if (failure !== undefined) throw new RuntimeError('engine', failure);
        onProgress?.({
          layer: line.id ?? null,
          message: (line.status ?? line.stream ?? '').trim(),
          currentBytes: line.progressDetail?.current ?? null,
          totalBytes: line.progressDetail?.total ?? null,
        });
      }
    } catch (error) {
      if (signal?.aborted) throw new RuntimeError('aborted', 'The pull was given up.', { cause: error });
      if (isRuntimeError(error, 'unavailable', 'timeout')) throw error;
      throw toPullError(error instanceof Error ? error.message : String(error), credentials?.password);
    }
  }
}
