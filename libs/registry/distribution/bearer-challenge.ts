/** Where a registry wants a token to be fetched. */
export interface BearerChallenge {
  realm: string;
  service: string | null;
  scope: string | null;
}

/** Reads `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`; null for any other scheme. */
export function readChallenge(header: string | string[] | undefined): BearerChallenge | null {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const bearer = /(?:^|,\s*)bearer\s+(.*)$/i.exec(text)?.[1];
  if (bearer === undefined) return null;
  const fields = new Map([...bearer.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2] ?? '']));
  const realm = fields.get('realm');
  if (!realm) return null;
  return { realm, service: fields.get('service') ?? null, scope: fields.get('scope') ?? null };
}
