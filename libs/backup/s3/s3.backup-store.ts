import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  ListMultipartUploadsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import type { BackupStore, PutOptions, StoredObject } from '#libs/core/backup/backup-store.port.js';
import type { S3Settings } from '#libs/domain/backup/target.js';
import { DomainError } from '#libs/domain/error.js';
import { s3Client, type S3Options } from './s3.client.js';
import { s3Refusal } from './s3.failure.js';

const mebibyte = 1024 * 1024;
/** Two parts of an upload are on their way and one is being filled: three times this is what an upload holds. */
const smallestPart = 8 * mebibyte;
const largestPart = 64 * mebibyte;
const partsAtOnce = 2;
/** A store takes 10 000; the guess of the size may be too low. */
const wantedParts = 5_000;
/** To tidy up after what was given up. */
const tidyMs = 30_000;

/** A bucket, or what is below a prefix of it. */
export class S3BackupStore implements BackupStore {
  private readonly client: S3Client;

  constructor(
    private readonly settings: S3Settings,
    secret: string,
    options: S3Options,
  ) {
    this.client = s3Client(settings, secret, options);
  }

  async put(key: string, content: Readable, { signal, expectedBytes }: PutOptions): Promise<void> {
    const upload = new Upload({
      client: giveUpWith(this.client, signal),
      params: { ...this.at(key), Body: content },
      queueSize: partsAtOnce,
      partSize: Math.min(largestPart, Math.max(smallestPart, Math.ceil(expectedBytes / wantedParts))),
    });
    const drop = () => content.destroy(asError(signal.reason));
    signal.addEventListener('abort', drop, { once: true });
    try {
      await upload.done();
    } catch (error) {
      content.destroy();
      throw signal.aborted ? signal.reason : (content.errored ?? s3Refusal(error, this.settings));
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  async get(key: string, signal: AbortSignal): Promise<Readable> {
    const { Body } = await this.call(signal, () =>
      this.client.send(new GetObjectCommand(this.at(key)), { abortSignal: signal }),
    );
    if (!(Body instanceof Readable)) throw new DomainError('unavailable', 'The store gave no content.');
    return Body;
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    const { bucket, prefix: above } = this.settings;
    const pages = paginateListObjectsV2(
      { client: giveUpWith(this.client, signal) },
      { Bucket: bucket, Prefix: this.full(prefix) },
    )[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.call(signal, () => pages.next());
      if (page.done) return;
      for (const { Key: key, Size: bytes } of page.value.Contents ?? []) {
        if (key !== undefined) yield { key: above ? key.slice(above.length + 1) : key, bytes: bytes ?? 0 };
      }
    }
  }

  async clear(prefix: string, signal: AbortSignal): Promise<void> {
    await this.abortUploads(prefix, signal);
    for await (const { key } of this.list(prefix, signal)) {
      await this.call(signal, () => this.client.send(new DeleteObjectCommand(this.at(key)), { abortSignal: signal }));
    }
  }

  close(): void {
    this.client.destroy();
  }

  /** Uploads that nobody finished cost as much as objects and are seen by nobody. */
  private async abortUploads(prefix: string, signal: AbortSignal): Promise<void> {
    const place = { Bucket: this.settings.bucket, Prefix: this.full(prefix) };
    const send = { abortSignal: signal };
    const { Uploads = [] } = await this.call(signal, () =>
      this.client.send(new ListMultipartUploadsCommand(place), send).catch(none),
    );
    for (const { Key, UploadId } of Uploads) {
      const upload = { Bucket: place.Bucket, Key, UploadId };
      await this.call(signal, () => this.client.send(new AbortMultipartUploadCommand(upload), send).catch(gone));
    }
  }

  private async call<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw signal.aborted ? signal.reason : s3Refusal(error, this.settings);
    }
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: this.full(key) };
  }

  private full(key: string): string {
    return this.settings.prefix ? `${this.settings.prefix}/${key}` : key;
  }
}

/** Calls end with the signal; only what tidies up after it goes on. */
function giveUpWith(client: S3Client, signal: AbortSignal): S3Client {
  const send = (command: Parameters<S3Client['send']>[0]) =>
    client.send(command, {
      abortSignal: command instanceof AbortMultipartUploadCommand ? AbortSignal.timeout(tidyMs) : signal,
    });
  return Object.create(client, { send: { value: send } }) as S3Client;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Not every store can list them. */
function none(error: unknown): { Uploads?: { Key?: string; UploadId?: string }[] } {
  if (nameOf(error) === 'NotImplemented') return {};
  throw error;
}

function gone(error: unknown): void {
  if (nameOf(error) !== 'NoSuchUpload') throw error;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error('It was given up.'));
