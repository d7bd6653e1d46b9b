import type { AssignedVolume } from '#libs/core/agent/agent-directory.port.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';

export interface MountedVolumeRow {
  target: string;
  id: string;
  engine_name: string | null;
  fence: number;
}

/** Of a container `c`: what it mounts, as a JSON array; null when nothing. */
export const mountedVolumes = `
  (SELECT jsonb_agg(jsonb_build_object('target', m.target, 'id', v.id, 'engine_name', v.engine_name, 'fence', m.fence) ORDER BY m.target)
     FROM volume_mount m JOIN volume v ON v.id = m.volume_id WHERE m.container_id = c.id)`;

export const toMountedVolume = (row: MountedVolumeRow, nodeId: string): AssignedVolume => ({
  target: row.target,
  volumeId: row.id,
  name: row.engine_name ?? engineVolumeName(nodeId, row.id),
  fence: row.fence,
  options: {},
});
