import { newId } from '#libs/platform/id.js';
import type { VolumeRecord } from './volume.repository.port.js';

/** A local volume of the project, on no node yet, unless told otherwise. */
export const newVolume = (
  place: { organizationId: string; projectId: string },
  name: string,
  now: Date,
  given: Partial<VolumeRecord> = {},
): VolumeRecord => ({
  id: newId(),
  organizationId: place.organizationId,
  projectId: place.projectId,
  name,
  driver: 'local',
  shareId: null,
  owner: 'project',
  serviceId: null,
  instance: null,
  mountKey: null,
  setId: null,
  epoch: 0,
  retiredAt: null,
  nodeId: null,
  access: 'shared',
  fence: 0,
  writerId: null,
  sizeLimitBytes: null,
  usedBytes: null,
  usedAt: null,
  labels: {},
  createdAt: now,
  rowVersion: 1,
  ...given,
});
