import { z } from 'zod';

const text = z.string().max(65_536).default('');
const registryAuth = z.object({
  username: text,
  password: text,
  /** `user:password` in base64, the way config.json keeps them; wins over nothing, loses to the two fields. */
  auth: text,
  serveraddress: text,
  identitytoken: text,
  registrytoken: text,
});

export interface RegistryAuth {
  username?: string;
  password?: string;
  serverAddress?: string;
  identityToken?: string;
  registryToken?: string;
}

export class RegistryAuthError extends Error {
  constructor() {
    super('The registry credentials in the header are not base64 of a JSON object.');
    this.name = 'RegistryAuthError';
  }
}

/** The value of `X-Registry-Auth`: JSON in URL-safe base64, padded, as Podman takes no other. */
export const encodeRegistryAuth = (auth: RegistryAuth): string => {
  const wire = {
    username: auth.username,
    password: auth.password,
    serveraddress: auth.serverAddress,
    identitytoken: auth.identityToken,
    registrytoken: auth.registryToken,
  };
  return Buffer.from(JSON.stringify(wire)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
};

const some = (value: string): string | undefined => (value === '' ? undefined : value);

const toAuth = (value: unknown): RegistryAuth => {
  const parsed = registryAuth.safeParse(value);
  if (!parsed.success) throw new RegistryAuthError();
  const wire = parsed.data;
  const basic = Buffer.from(wire.auth, 'base64').toString();
  const colon = basic.indexOf(':');
  return {
    username: some(wire.username) ?? (colon > 0 ? basic.slice(0, colon) : undefined),
    password: some(wire.password) ?? (colon > 0 ? basic.slice(colon + 1) : undefined),
    serverAddress: some(wire.serveraddress),
    identityToken: some(wire.identitytoken),
    registryToken: some(wire.registrytoken),
  };
};

const decode = (header: string): unknown => {
  try {
    // Buffer reads both base64 alphabets, with and without padding: clients send all four.
    return JSON.parse(Buffer.from(header, 'base64').toString()) as unknown;
  } catch {
    throw new RegistryAuthError();
  }
};

/** Null for an absent or empty header: no credentials. @throws RegistryAuthError, which quotes nothing */
export const decodeRegistryAuth = (header: string | undefined): RegistryAuth | null => {
  if (header === undefined || header === '') return null;
  return toAuth(decode(header));
};

/** `X-Registry-Config` of a build: credentials by registry host. @throws RegistryAuthError */
export const decodeRegistryConfig = (header: string | undefined): Record<string, RegistryAuth> => {
  if (header === undefined || header === '') return {};
  const value = decode(header);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RegistryAuthError();
  return Object.fromEntries(Object.entries(value).map(([host, auth]) => [host, toAuth(auth)]));
};
