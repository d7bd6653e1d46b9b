import { z } from 'zod';
import type { FileShareDetails } from '#libs/core/file-share/file-share.repository.port.js';
import { iopsOf, iopsPerGigabyte } from '#libs/domain/file-share/flavour.js';
import { shareMountKinds } from '#libs/domain/file-share/mount.js';
import { fileShareStates } from '#libs/domain/file-share/state.js';

const labels = z.record(z.string().min(1).max(256), z.string().max(4096));
const iopsPerGb = z.union(iopsPerGigabyte.map((value) => z.literal(value)));
/** By id or namespace. */
const projects = z.array(z.string().min(1).max(63)).max(200);

export const newFileShareBody = z.strictObject({
  name: z.string().min(1).max(63),
  /** One of the sizes of `GET /api/v1/file-share-flavours`. */
  sizeBytes: z.int().min(1),
  iopsPerGb: iopsPerGb.default(2),
  labels: labels.default({}),
});

export const fileShareChangesBody = z.strictObject({
  labels: labels.optional(),
  addProjects: projects.optional(),
  removeProjects: projects.optional(),
});

export const flavoursAnswer = z.object({ sizeBytes: z.array(z.int()), iopsPerGb: z.array(z.number()) });

export const fileShareAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  projectId: z.uuid(),
  state: z.enum(fileShareStates),
  message: z.string().nullable(),
  sizeBytes: z.int(),
  iopsPerGb: z.number(),
  /** Size times IOPS per gigabyte. Recorded, not enforced. */
  iops: z.int(),
  /** As its node measured it last; null before. What files can take is a little less than the size. */
  usedBytes: z.int().nullable(),
  totalBytes: z.int().nullable(),
  usedAt: z.iso.datetime().nullable(),
  nodeId: z.uuid(),
  nodeName: z.string().nullable(),
  /** Other projects that may put volumes on it. */
  sharedWith: z.array(z.object({ id: z.uuid(), namespace: z.string() })),
  /** What keeps it from being deleted; of the asking project only, unless it is the share’s own. */
  volumes: z.array(z.object({ id: z.uuid(), name: z.string(), projectId: z.uuid() })),
  /** How the nodes reach it that have containers with volumes on it. */
  mounts: z.array(
    z.object({
      nodeId: z.uuid(),
      nodeName: z.string(),
      mount: z.enum(shareMountKinds).nullable(),
      message: z.string(),
    }),
  ),
  labels: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

/** Of what is begun and goes on: the action that ends when it is done. */
export const begunFileShareAnswer = fileShareAnswer.extend({ actionId: z.uuid() });

export const toFileShare = (share: FileShareDetails): z.infer<typeof fileShareAnswer> => ({
  id: share.id,
  name: share.name,
  projectId: share.projectId,
  state: share.state,
  message: share.message,
  sizeBytes: share.sizeBytes,
  iopsPerGb: share.iopsPerGb,
  iops: iopsOf(share.sizeBytes, share.iopsPerGb),
  usedBytes: share.usedBytes,
  totalBytes: share.totalBytes,
  usedAt: share.usedAt?.toISOString() ?? null,
  nodeId: share.nodeId,
  nodeName: share.nodeName,
  sharedWith: share.sharedWith,
  volumes: share.volumes,
  mounts: share.mounts.map(({ nodeId, nodeName, kind, sentence }) => ({
    ...{ nodeId, nodeName, mount: kind, message: sentence },
  })),
  labels: share.labels,
  createdAt: share.createdAt.toISOString(),
  resourceUri: `/api/v1/projects/${share.projectId}/file-shares/${share.id}`,
});
