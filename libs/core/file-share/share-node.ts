import { DomainError, invalid } from '#libs/domain/error.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';

/**
 * The node that keeps a share which the project owns or may use. Errors: `invalid` (`shareId`), `unavailable` while the
 * share is not ready.
 */
export async function shareNode(tx: Transaction, projectId: string, shareId: string): Promise<string> {
  const { rows } = await tx.fileShares.details(projectId, { nameOrId: shareId, limit: 1, offset: 0 });
  const [share] = rows;
  if (!share || share.removed) throw invalid('shareId', 'shareId: the project has no such file share.');
  if (share.state === 'ready') return share.nodeId;
  throw new DomainError('unavailable', `File share "${share.name}" is ${share.state}.`);
}
