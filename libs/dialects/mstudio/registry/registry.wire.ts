import { z } from 'zod';
import { flag } from '../wire/flag.wire.js';
import { pageQuery } from '../wire/page.wire.js';

const credentials = z.object({ username: z.string().min(1), password: z.string().min(1) });
const uri = z.string().trim().min(1).max(512);
const description = z.string().trim().min(1).max(256);

export const newRegistryWire = z.object({ uri, description, credentials: credentials.optional() });
export type NewRegistryWire = z.output<typeof newRegistryWire>;

/** `null` takes the credentials away. */
export const registryUpdateWire = z
  .object({ uri: uri.optional(), description: description.optional(), credentials: credentials.nullish() })
  .default({});
export type RegistryUpdateWire = z.output<typeof registryUpdateWire>;

export const registryUriWire = z.object({ registryUri: uri });

export const registryListQuery = pageQuery.extend({ hasCredentials: flag.optional() });
export type RegistryListQuery = z.output<typeof registryListQuery>;

export const registryAnswer = z.strictObject({
  id: z.uuid(),
  projectId: z.uuid(),
  uri: z.string(),
  description: z.string(),
  credentials: z.strictObject({ username: z.string(), valid: z.boolean() }).optional(),
});

export const uriVerdictAnswer = z.strictObject({ valid: z.boolean(), reason: z.string().optional() });
export const credentialsVerdictAnswer = z.strictObject({ valid: z.boolean() });
