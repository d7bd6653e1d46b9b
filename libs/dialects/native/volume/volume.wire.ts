import { z } from 'zod';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';

export const newVolumeBody = z.strictObject({
  name: z.string().min(1).max(63),
  labels: z.record(z.string().min(1).max(256), z.string().max(4096)).default({}),
});

export const volumeAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  /** `local`: its data is on one node, and what mounts it runs there. */
  driver: z.literal('local'),
  /** Null until something first used it. */
  nodeId: z.uuid().nullable(),
  labels: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toVolume = (volume: VolumeRecord): z.infer<typeof volumeAnswer> => ({
  id: volume.id,
  name: volume.name,
  driver: volume.driver,
  nodeId: volume.nodeId,
  labels: volume.labels,
  createdAt: volume.createdAt.toISOString(),
  resourceUri: `/api/v1/volumes/${volume.id}`,
});
