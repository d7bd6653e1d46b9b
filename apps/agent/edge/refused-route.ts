import { readFile } from 'node:fs/promises';
import { HaproxyRefusal } from './haproxy.process.js';

const place = /\[[^\]]*:(\d+)\]/;
const section = /^(?:backend r_|frontend t_)([A-Za-z0-9-]+)$/;

/** The route whose part of the configuration an alert speaks of; null when it speaks of something else. */
export async function refusedRoute(
  error: unknown,
  configuration: string,
): Promise<{ routeId: string; sentence: string } | null> {
  if (!(error instanceof HaproxyRefusal)) return null;
  const line = Number(place.exec(error.message)?.[1]);
  if (!Number.isInteger(line)) return null;
  const lines = (await readFile(configuration, 'utf8')).split('\n').slice(0, line);
  for (const text of lines.reverse()) {
    if (!/^\S/.test(text)) continue;
    const routeId = section.exec(text)?.[1];
    return routeId ? { routeId, sentence: `The load balancer refuses the route: ${error.message}` } : null;
  }
  return null;
}
