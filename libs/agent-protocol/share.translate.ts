import type { ShareSource } from '#libs/domain/file-share/mount.js';
import type { ShareFolderSource } from './generated/pierhead/agent/v1/agent.js';

export const shareToWire = (share: ShareSource | null): ShareFolderSource | undefined =>
  share ? { ...share, machine: share.machine ?? '' } : undefined;

export const shareFromWire = (share: ShareFolderSource | undefined): ShareSource | null =>
  share ? { ...share, machine: share.machine || null } : null;
