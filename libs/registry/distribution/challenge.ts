/** What a registry wants to see: a name and a password, or a token that is fetched elsewhere. */
export type Challenge =
  { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service: string | null; scope: string | null };

/** Reads `WWW-Authenticate: Bearer realm="…",service="…",scope="…"` or `Basic …`; null for any other scheme. */
export function readChallenge(header: string | string[] | undefined): Challenge | null {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const bearer = /(?:^|,\s*)bearer\s+(.*)$/i.exec(text)?.[1];
  if (bearer === undefined) return /(?:^|,\s*)basic\b/i.test(text) ? { scheme: 'basic' } : null;
  const fields = new Map([...bearer.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2] ?? '']));
  const realm = fields.get('realm');
  if (!realm) return null;
  return { scheme: 'bearer', realm, service: fields.get('service') ?? null, scope: fields.get('scope') ?? null };
}
