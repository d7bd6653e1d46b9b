import { request } from 'node:http';
import { LaunchError } from '../launch-error.js';

export interface EngineAnswer {
  status: number;
  text: string;
}

/** One call to an engine's API over its unix socket; the whole answer as text, whatever its status. */
export function engineCall(
  socketPath: string,
  method: string,
  path: string,
  body?: { type: string; bytes: Buffer },
  timeoutMs = 60_000,
): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method,
        path,
        agent: false,
        headers: body ? { 'content-type': body.type, 'content-length': body.bytes.length } : {},
        timeout: timeoutMs,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new LaunchError(`The engine did not answer ${method} ${path} in time.`)));
    call.on('error', reject);
    call.end(body?.bytes);
  });
}

/** Throws with the engine's own words unless the answer's status is below 300 or in `accept`. */
export async function engineJson<T>(
  socketPath: string,
  method: string,
  path: string,
  value?: unknown,
  accept: readonly number[] = [],
): Promise<T> {
  const body =
    value === undefined ? undefined : { type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) };
  const answer = await engineCall(socketPath, method, path, body);
  if (answer.status >= 300 && !accept.includes(answer.status)) {
    throw new LaunchError(`The engine refused ${method} ${path}: ${answer.status} ${answer.text.trim()}`);
  }
  return (answer.text === '' ? undefined : JSON.parse(answer.text)) as T;
}

export async function engineAnswers(socketPath: string): Promise<boolean> {
  try {
    return (await engineCall(socketPath, 'GET', '/_ping', undefined, 3_000)).status === 200;
  } catch {
    return false;
  }
}
