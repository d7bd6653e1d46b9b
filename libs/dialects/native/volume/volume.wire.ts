import { z } from 'zod';
import type { VolumeDetails } from '#libs/core/volume/volume.repository.port.js';
import { shareMountKinds } from '#libs/domain/file-share/mount.js';
import { volumeAccesses, volumeDrivers, volumeOwners, volumeStates } from '#libs/domain/volume/volume.js';

const labels = z.record(z.string().min(1).max(256), z.string().max(4096));
/** What may be copied in at most, together with what it holds; null is without limit. */
const sizeLimitBytes = z.int().min(1).nullable();

export const newVolumeBody = z.strictObject({
  name: z.string().min(1).max(63),
  /** Name or id of a file share that the project owns or may use; null: on a node, from its first use on. */
  fileShare: z.string().min(1).max(63).nullable().default(null),
  labels: labels.default({}),
  /** `single-writer`: one container writes at a time, and the next one only when it surely no longer does. */
  access: z.enum(volumeAccesses).default('shared'),
  sizeLimitBytes: sizeLimitBytes.default(null),
});

export const volumeChangesBody = z.strictObject({
  labels: labels.optional(),
  access: z.enum(volumeAccesses).optional(),
  sizeLimitBytes: sizeLimitBytes.optional(),
});

export const volumeAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  /** `local`: its data is on one node, and what mounts it runs there; `share`: it moves with what mounts it. */
  driver: z.enum(volumeDrivers),
  /** `instance`: an unnamed volume of one instance of a service, which goes with it. */
  owner: z.enum(volumeOwners),
  state: z.enum(volumeStates),
  /** Null until something first used it, and on a share. */
  nodeId: z.uuid().nullable(),
  nodeName: z.string().nullable(),
  shareId: z.uuid().nullable(),
  shareName: z.string().nullable(),
  /** Of one on a share: how the nodes reach it that have containers which mount it. */
  mounts: z.array(
    z.object({
      nodeId: z.uuid(),
      nodeName: z.string(),
      mount: z.enum(shareMountKinds).nullable(),
      message: z.string(),
    }),
  ),
  /** The service and instance that have it for themselves; null for what all of the project may mount. */
  serviceId: z.uuid().nullable(),
  instance: z.string().nullable(),
  access: z.enum(volumeAccesses),
  /** Grows with every writer of a volume with one writer, and with every release. */
  fence: z.int(),
  /** The container that may write to a volume with one writer; null when none can. */
  writer: z.object({ containerId: z.uuid(), name: z.string(), lost: z.boolean() }).nullable(),
  /** As its node measured it last; null before. */
  usedBytes: z.int().nullable(),
  usedAt: z.iso.datetime().nullable(),
  sizeLimitBytes,
  /** What keeps it from being deleted. */
  users: z.array(z.object({ kind: z.enum(['service', 'container']), id: z.uuid(), name: z.string() })),
  labels: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toVolume = (volume: VolumeDetails): z.infer<typeof volumeAnswer> => ({
  id: volume.id,
  name: volume.name,
  driver: volume.driver,
  owner: volume.owner,
  state: volume.state,
  nodeId: volume.nodeId,
  nodeName: volume.nodeName,
  shareId: volume.shareId,
  shareName: volume.share?.name ?? null,
  mounts: volume.mounts.map(({ nodeId, nodeName, kind, sentence }) => ({
    ...{ nodeId, nodeName, mount: kind, message: sentence },
  })),
  serviceId: volume.serviceId,
  instance: volume.instance,
  access: volume.access,
  fence: volume.fence,
  writer: volume.writer && {
    containerId: volume.writer.containerId,
    name: volume.writer.containerName,
    lost: volume.writer.lost,
  },
  usedBytes: volume.usedBytes,
  usedAt: volume.usedAt?.toISOString() ?? null,
  sizeLimitBytes: volume.sizeLimitBytes,
  users: volume.users,
  labels: volume.labels,
  createdAt: volume.createdAt.toISOString(),
  resourceUri: `/api/v1/volumes/${volume.id}`,
});
