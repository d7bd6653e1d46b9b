import { z } from 'zod';
import { ignored } from '../service/service.wire.js';

const readOnly = ignored(['dockercloud_action_uri', 'in_use', 'registry', 'resource_uri']);
const credentials = { username: z.string().max(256).nullish(), password: z.string().max(16_384).nullish() };

export const repositoryCreateWire = z.strictObject({ ...readOnly, ...credentials, name: z.string().min(1).max(512) });
export type RepositoryCreation = z.output<typeof repositoryCreateWire>;

export const repositoryUpdateWire = z.strictObject({ ...readOnly, ...ignored(['name']), ...credentials });
export type RepositoryChanges = z.output<typeof repositoryUpdateWire>;
