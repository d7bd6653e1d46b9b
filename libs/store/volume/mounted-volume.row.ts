import type { AssignedVolume } from '#libs/core/agent/agent-directory.port.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';

export interface MountedVolumeRow {
  target: string;
  id: string;
  engine_name: string | null;
  fence: number;
  share: ShareSource | null;
}

/** Of a volume `v`; null for a local one. */
export const shareSource = `
  (SELECT jsonb_build_object('shareId', f.id, 'nodeId', f.node_id, 'machine', n.machine, 'port', n.storage_port,
                             'address', coalesce(nullif(n.underlay_address, ''), n.address, ''))
     FROM file_share f JOIN node n ON n.id = f.node_id WHERE f.id = v.share_id)`;

/** Of a container `c`: what it mounts, as a JSON array; null when nothing. */
export const mountedVolumes = `
  (SELECT jsonb_agg(jsonb_build_object('target', m.target, 'id', v.id, 'engine_name', v.engine_name, 'fence', m.fence, 'share', ${shareSource}) ORDER BY m.target)
     FROM volume_mount m JOIN volume v ON v.id = m.volume_id WHERE m.container_id = c.id)`;

export const toMountedVolume = (row: MountedVolumeRow, nodeId: string): AssignedVolume => ({
  target: row.target,
  volumeId: row.id,
  name: row.engine_name ?? engineVolumeName(nodeId, row.id),
  fence: row.fence,
  options: {},
  share: row.share,
});
