import { LaunchError } from '#libs/launch/launch-error.js';
import type { Credentials } from './credentials.js';

/** The platform's public API, as any client would call it. */
export class PlatformApi {
  private readonly authorization: string;

  constructor(
    private readonly baseUrl: string,
    credentials: Pick<Credentials, 'user' | 'apiKey'>,
  ) {
    this.authorization = `Basic ${Buffer.from(`${credentials.user}:${credentials.apiKey}`).toString('base64')}`;
  }

  /** @throws LaunchError with the status and the answer when it is not a success. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(new URL(path, this.baseUrl), {
      method,
      headers: {
        authorization: this.authorization,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new LaunchError(`${method} ${path} was answered with ${answer.status}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
