import { z } from 'zod';
import { flag } from '../wire/flag.wire.js';
import { pageQuery } from '../wire/page.wire.js';

const limits = z.object({ cpus: z.string().optional(), memory: z.string().optional() });
export const deployWire = z.object({ resources: z.object({ limits: limits.optional() }).optional() });

/** A service in a merging declaration: what is left out stays as it is; nothing at all removes the service. */
export const serviceWire = z.object({
  image: z.string().optional(),
  description: z.string().max(128).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  /** The former name of `environment`, which wins over it. */
  envs: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  restartPolicy: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  deploy: deployWire.optional(),
});
export type ServiceWire = z.output<typeof serviceWire>;

export const serviceDeclarationWire = serviceWire.extend({ image: z.string() });

export const serviceStatuses = ['running', 'stopped', 'error', 'creating', 'starting', 'stopping'] as const;
export type ServiceStatus = (typeof serviceStatuses)[number];

export const serviceListQuery = pageQuery.extend({
  stackId: z.uuid().optional(),
  status: z.enum(serviceStatuses).optional(),
  requiresRecreate: flag.optional(),
  searchTerm: z.string().optional(),
  sortOrder: z.enum(['descriptionAsc', 'descriptionDesc']).optional(),
});
export type ServiceListQuery = z.output<typeof serviceListQuery>;

export const pullQuery = z.object({ skipRecreate: flag.optional() });
export const logQuery = z.object({ tail: z.coerce.number().int().min(0).max(1_000_000).optional() });

const serviceState = z.strictObject({
  image: z.string(),
  imageDigest: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  envs: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
});
export type ServiceState = z.infer<typeof serviceState>;

export const serviceAnswer = z.strictObject({
  id: z.uuid(),
  shortId: z.string(),
  stackId: z.uuid(),
  projectId: z.uuid(),
  serviceName: z.string(),
  description: z.string(),
  status: z.enum(serviceStatuses),
  statusSetAt: z.iso.datetime(),
  message: z.string().optional(),
  requiresRecreate: z.boolean(),
  restartPolicy: z.enum(['no', 'always', 'on-failure']),
  deploy: z
    .strictObject({
      resources: z.strictObject({
        limits: z.strictObject({ cpus: z.string().optional(), memory: z.string().optional() }),
      }),
    })
    .optional(),
  pendingState: serviceState,
  deployedState: serviceState,
});
export type ServiceAnswer = z.infer<typeof serviceAnswer>;
