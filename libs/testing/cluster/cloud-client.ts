import { waitFor } from '#libs/launch/process/wait.js';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

export interface CloudResource {
  uuid: string;
  state: string;
  resource_uri: string;
  [attribute: string]: unknown;
}

/** A plain HTTP client of the platform, as a user's script would be one. */
export class CloudClient {
  constructor(
    readonly url: string,
    private readonly user: string,
    private readonly apiKey: string,
  ) {}

  get authorization(): string {
    return `Basic ${Buffer.from(`${this.user}:${this.apiKey}`).toString('base64')}`;
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: this.authorization,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as T, headers: response.headers };
  }

  /** As `call`, for what must succeed. */
  async ok<T = CloudResource>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get(path: string): Promise<CloudResource> {
    return this.ok('GET', path);
  }

  async list(path: string): Promise<CloudResource[]> {
    return (await this.ok<{ objects: CloudResource[] }>('GET', path)).objects;
  }

  /** Waits until the resource shows the state; errors of calls meanwhile are waited out. */
  async waitForState(path: string, state: string, timeoutMs = 30_000): Promise<CloudResource> {
    let last = 'nothing';
    return waitFor(
      async () => {
        try {
          const resource = await this.get(path);
          last = resource.state;
          return resource.state === state ? resource : null;
        } catch (error) {
          last = (error as Error).message;
          return null;
        }
      },
      { what: `${path} becoming ${state}`, timeoutMs, intervalMs: 25 },
    ).catch((error: Error) => {
      throw new Error(`${error.message} It was last ${last}.`);
    });
  }
}
