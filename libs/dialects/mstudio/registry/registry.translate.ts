import type { z } from 'zod';
import type { RegistryRecord } from '#libs/core/registry/registry.repository.port.js';
import { registryText } from '#libs/core/registry/registry.rules.js';
import type { registryAnswer } from './registry.wire.js';

/** Credentials that the registry was never asked about count as good until it says otherwise. */
export function toRegistry(registry: RegistryRecord): z.infer<typeof registryAnswer> {
  const uri = registryText(registry);
  const { id, projectId, username, accepted } = registry;
  return {
    id,
    projectId,
    uri,
    description: registry.description ?? uri,
    ...(username === null ? {} : { credentials: { username, valid: accepted ?? true } }),
  };
}
