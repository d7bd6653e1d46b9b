import { request } from 'node:http';

export interface HealthAnswer {
  ready: boolean;
  /** Why it is not ready, when it says so. */
  sentence?: string;
}

/** GET of a process's health address on this machine; anything but 200 within two seconds is not ready. */
export function checkHealth(url: string): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const call = request(url, { agent: false, timeout: 2_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('error', () => resolve({ ready: false }));
      answer.on('end', () => resolve({ ready: answer.statusCode === 200, sentence: problems(text) }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 2 s')));
    call.on('error', (error) => resolve({ ready: false, sentence: error.message }));
    call.end();
  });
}

function problems(text: string): string | undefined {
  try {
    const { problems: found } = JSON.parse(text) as { problems?: string[] };
    return found && found.length > 0 ? found.join(' ') : undefined;
  } catch {
    return undefined;
  }
}
