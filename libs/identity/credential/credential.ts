import type { CredentialHeaders } from '#libs/core/identity/credential-verifier.port.js';

/** What a request brought: a secret, and with Basic the name it is for. */
export interface PresentedCredential {
  userName: string | null;
  secret: string;
}

const longest = 8192;

/** Null for none and for one that cannot be read. */
export function credentialIn(headers: CredentialHeaders): PresentedCredential | null {
  const authorization = one(headers['authorization']);
  const [scheme = '', rest = ''] = split(authorization, ' ');
  if (scheme.toLowerCase() === 'basic') return basic(rest);
  const bare = scheme.toLowerCase() === 'bearer' ? rest : '';
  const secret = bare || withoutBearer(one(headers['x-auth-token'])) || withoutBearer(one(headers['x-access-token']));
  return secret && secret.length <= longest ? { userName: null, secret } : null;
}

function basic(encoded: string): PresentedCredential | null {
  if (encoded.length > longest) return null;
  const [userName = '', secret = ''] = split(Buffer.from(encoded, 'base64').toString('utf8'), ':');
  return userName && secret ? { userName, secret } : null;
}

const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''));

/** Some clients copy a token together with its scheme into their own header. */
const withoutBearer = (text: string): string => text.replace(/^bearer\s+/i, '').trim();

function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
