import type { AuthorityPin } from '../node/enrollment.port.js';
import { newId } from '#libs/platform/id.js';
import type { JoinTokenRecord } from './join-token.repository.port.js';
import { hashSecret, randomText } from './secret.js';

const secretLength = 40;

export interface JoinTokenWish {
  organizationId: string | null;
  nodeClusterId: string | null;
  tags: string[];
  expiresAt: Date;
  createdBy: string | null;
}

/** A new token's record, and the text that is shown once: `pierhead-join.<id>.<secret>.<fingerprint>`. */
export async function mintJoinToken(
  wish: JoinTokenWish,
  pin: AuthorityPin,
  now: Date,
): Promise<{ record: JoinTokenRecord; text: string }> {
  const id = newId();
  const secret = randomText(secretLength);
  const record: JoinTokenRecord = {
    id,
    ...wish,
    secretHash: hashSecret(secret),
    usedAt: null,
    usedByNodeId: null,
    revokedAt: null,
    createdAt: now,
  };
  return { record, text: `pierhead-join.${id}.${secret}.${await pin.fingerprint()}` };
}
