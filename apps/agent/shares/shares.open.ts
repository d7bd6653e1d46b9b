import { join } from 'node:path';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import type { AgentConfig } from '../agent.config.js';
import { GaneshaProcess } from './ganesha.process.js';
import { nodePlace, type NodePlaceFacts } from './node.place.js';
import type { ShareDisk } from './share.disk.js';
import { ShareKeeper } from './share.keeper.js';
import { ShareMounts } from './share.mounts.js';
import { ShareObjects } from './share.objects.js';

/** A node’s part in file shares. */
export interface NodeShares {
  place: NodePlaceFacts;
  mounts: ShareMounts;
  /** Of a node with the storage role. */
  keeper: ShareKeeper | null;
  /** Of the same. */
  objects: ShareObjects | null;
}

export async function openShares(config: AgentConfig, nodeId: string, log: Log): Promise<NodeShares> {
  const folder = join(config.PIERHEAD_AGENT_STATE, 'storage');
  const isKeeper = config.PIERHEAD_NODE_ROLES.includes('storage');
  const keeper = isKeeper
    ? new ShareKeeper({
        folder,
        address: config.PIERHEAD_STORAGE_ADDRESS,
        port: config.PIERHEAD_STORAGE_PORT,
        totalBytes: config.PIERHEAD_STORAGE_BYTES ?? null,
        log,
      })
    : null;
  if (!keeper) await stopForgotten(folder, log);
  const place = await nodePlace(config.PIERHEAD_NFS_CLIENT);
  const attached = join(config.PIERHEAD_AGENT_STATE, 'shares');
  const objects = keeper && new ShareObjects((shareId, keeperId) => objectsOf(keeper.disk, shareId, keeperId));
  return {
    place,
    keeper,
    objects,
    mounts: new ShareMounts({ nodeId, place, disk: keeper?.disk ?? null, folder: attached }),
  };
}

async function objectsOf(disk: ShareDisk, shareId: string, keeperId: string): Promise<string> {
  if (await disk.isThere(shareId)) return disk.objects(shareId, keeperId);
  throw new DomainError('unavailable', 'The file share is not ready on its node yet.');
}

/** A server that survived an agent with the storage role must not serve for one without. */
async function stopForgotten(folder: string, log: Log): Promise<void> {
  const own = join(folder, 'ganesha');
  const forgotten = new GaneshaProcess(own, join(own, 'ganesha.conf'));
  if (!forgotten.running()) return;
  log.info('The node keeps no file shares any more: its NFS server ends.');
  await forgotten.stop();
}
