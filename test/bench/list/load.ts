import autocannon from 'autocannon';

export interface Target {
  url: string;
  authorization?: string;
}

export interface Load {
  connections: number;
  seconds: number;
}

/** Answers per second under a steady load. Throws when anything but a good answer came. */
export async function throughput({ url, authorization }: Target, load: Load): Promise<number> {
  const result = await autocannon({
    url,
    connections: load.connections,
    duration: load.seconds,
    headers: authorization === undefined ? {} : { authorization },
  });
  const bad = result.errors + result.non2xx;
  if (bad > 0) throw new Error(`${bad} of ${result.requests.total} calls of ${url} failed.`);
  return result.requests.total / result.duration;
}
