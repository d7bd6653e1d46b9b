import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { EngineHttp, type EngineAnswer, type EngineRequest } from '#libs/wire/docker/engine-http.js';
import { toRuntimeError } from './docker-error.js';

/** The oldest version that has everything the driver asks for: Docker 20.10, Podman 4.3. */
const preferredVersion = 41;

interface VersionAnswer {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
  Components?: { Name: string; Version: string }[] | null;
}

export interface EngineIdentity {
  engine: 'docker' | 'podman';
  version: string;
  apiVersion: string;
}

/** The Docker-compatible API of one engine, with its failures as `RuntimeError`. */
export class DockerApi {
  private identity: EngineIdentity | null = null;

  constructor(private readonly http: EngineHttp) {}

  /** Asked once: an engine that was replaced under a running agent is met again at its next start. */
  async identify(signal?: AbortSignal): Promise<EngineIdentity> {
    if (this.identity) return this.identity;
    const { body } = await this.guard(() => this.http.json<VersionAnswer>('GET', '/version', { signal }));
    const podman = (body.Components ?? []).some((component) => /podman/i.test(component.Name));
    const oldest = Number(body.MinAPIVersion?.split('.')[1] ?? 0);
    const apiVersion = `1.${Math.max(preferredVersion, podman ? 0 : oldest)}`;
    this.identity = { engine: podman ? 'podman' : 'docker', version: body.Version, apiVersion };
    return this.identity;
  }

  async json<T>(method: string, path: string, request?: EngineRequest): Promise<EngineAnswer<T>> {
    const versioned = await this.path(path);
    return this.guard(() => this.http.json<T>(method, versioned, request));
  }

  async stream(method: string, path: string, request?: EngineRequest): Promise<IncomingMessage> {
    const versioned = await this.path(path);
    return this.guard(() => this.http.stream(method, versioned, request));
  }

  async upload(method: string, path: string, content: Readable, request?: EngineRequest): Promise<void> {
    const versioned = await this.path(path);
    await this.guard(() => this.http.upload(method, versioned, content, request));
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
