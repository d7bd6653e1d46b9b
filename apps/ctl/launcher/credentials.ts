import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Installation } from '#libs/launch/installation/installation.js';
import { LaunchError } from '#libs/launch/launch-error.js';

const named = z.union([z.string(), z.looseObject({ id: z.string(), name: z.string() })]);

/** What `bootstrap` prints: all of it the first time, no secrets later. */
const bootstrapped = z.looseObject({
  created: z.boolean(),
  organization: named,
  project: named,
  namespace: z.string().optional(),
  user: named,
  password: z.string().optional(),
  apiKey: z.string().optional(),
  joinToken: z.string().optional(),
});
export type Bootstrapped = z.infer<typeof bootstrapped>;

const credentials = z.looseObject({
  url: z.string(),
  organization: z.string(),
  project: z.string(),
  namespace: z.string(),
  user: z.string(),
  password: z.string(),
  apiKey: z.string(),
});
/** The first credentials, as kept in the state folder. */
export type Credentials = z.infer<typeof credentials>;

const nameOf = (value: z.infer<typeof named>) => (typeof value === 'string' ? value : value.name);

/** The object that the program printed last; log lines may stand before it. */
export function parseBootstrap(output: string): Bootstrapped {
  const lines = output.trim().split('\n');
  for (const start of [...lines.keys()].reverse()) {
    const text = lines.slice(start).join('\n');
    if (!text.startsWith('{')) continue;
    try {
      return bootstrapped.parse(JSON.parse(text));
    } catch {
      continue;
    }
  }
  throw new LaunchError('bootstrap printed no credentials that can be read.');
}

export function readCredentials(installation: Installation): Credentials | undefined {
  if (!existsSync(installation.credentialsFile)) return undefined;
  return credentials.parse(JSON.parse(readFileSync(installation.credentialsFile, 'utf8')));
}

/** Keeps the first credentials; they are printed once and stored nowhere else in the clear. */
export function keepCredentials(installation: Installation, made: Bootstrapped): Credentials {
  const kept = readCredentials(installation);
  if (!made.password || !made.apiKey) {
    if (kept) return kept;
    throw new LaunchError(
      `The first credentials were made before, but ${installation.credentialsFile} is gone. Restore it, or start afresh with "./pierhead reset".`,
    );
  }
  const organization = nameOf(made.organization);
  const found: Credentials = {
    url: installation.publicUrl,
    organization,
    project: nameOf(made.project),
    namespace: made.namespace ?? organization,
    user: nameOf(made.user),
    password: made.password,
    apiKey: made.apiKey,
  };
  installation.state.writePrivate(installation.credentialsFile, `${JSON.stringify(found, null, 2)}\n`);
  return found;
}
