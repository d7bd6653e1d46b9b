import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { EngineHttp, type EngineAnswer, type EngineRequest } from '#libs/wire/docker/engine-http.js';
import { toRuntimeError } from './docker-error.js';

/** The oldest that has everything the driver asks for (Docker 20.10, Podman 4.3), and what the newest still speak. */
const oldestVersion = 41;
const newerVersion = 44;

export interface EngineIdentity {
  engine: 'docker' | 'podman';
  apiVersion: string;
}

/** The Docker-compatible API of one engine, with its failures as `RuntimeError`. */
export class DockerApi {
  private identity: EngineIdentity | null = null;

  constructor(private readonly http: EngineHttp) {}

  /**
   * Asked once: an engine that was replaced under a running agent is met again at its next start. The ping tells
   * it at once, where Podman takes a third of a second for its version.
   */
  async identify(signal?: AbortSignal): Promise<EngineIdentity> {
    if (this.identity) return this.identity;
    const { headers } = await this.guard(() => this.http.json('GET', '/_ping', { signal }));
    const newest = Number(String(headers['api-version'] ?? '').split('.')[1] ?? oldestVersion);
    const engine = headers['libpod-api-version'] === undefined ? 'docker' : 'podman';
    this.identity = { engine, apiVersion: `1.${newest >= newerVersion ? newerVersion : oldestVersion}` };
    return this.identity;
  }

  async json<T>(method: string, path: string, request?: EngineRequest): Promise<EngineAnswer<T>> {
    const versioned = await this.path(path);
    return this.guard(() => this.http.json<T>(method, versioned, request));
  }

  /** Podman's own API, for what the compatible one has no words for. */
  async libpod<T>(method: string, path: string, request?: EngineRequest): Promise<EngineAnswer<T>> {
    return this.guard(() => this.http.json<T>(method, `/v4.0.0/libpod${path}`, request));
  }

  async stream(method: string, path: string, request?: EngineRequest): Promise<IncomingMessage> {
    const versioned = await this.path(path);
    return this.guard(() => this.http.stream(method, versioned, request));
  }

  /** @returns the answer's JSON, null where there is none */
  async upload(method: string, path: string, content: Readable, request?: EngineRequest): Promise<unknown> {
    const versioned = await this.path(path);
    return (await this.guard(() => this.http.upload(method, versioned, content, request))).body;
  }

  async hijack(method: string, path: string, request?: EngineRequest): Promise<Socket> {
    const versioned = await this.path(path);
    return this.guard(() => this.http.hijack(method, versioned, request));
  }

  close(): void {
    this.http.close();
  }

  private async path(path: string): Promise<string> {
    return `/v${(await this.identify()).apiVersion}${path}`;
  }

  private async guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toRuntimeError(error);
    }
  }
}

/** Ids and names as one segment of a path. */
export const segment = (id: string): string => encodeURIComponent(id);
