import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseJoinToken } from '#libs/agent-protocol/join-token.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import { joinPlatform } from './enrollment.client.js';
import { IdentityStore, validity, type NodeIdentity } from './identity.store.js';

export interface JoinOptions {
  tokenFile: string | undefined;
  address: string | undefined;
  nodeName: string;
  log: Log;
}

const retryMs = 1_000;

/** The node's identity: the one it holds, or a new one for its join token. Waits for a platform that is away. */
export async function obtainIdentity(store: IdentityStore, options: JoinOptions): Promise<NodeIdentity> {
  const held = await store.load();
  if (held && validity(held).to > Date.now()) return held;
  if (!options.tokenFile || !options.address) {
    throw new DomainError(
      'unauthenticated',
      `${held ? 'This node’s certificate has ended' : 'This node has not joined'}: set PIERHEAD_JOIN_TOKEN_FILE and PIERHEAD_JOIN_ADDRESS.`,
    );
  }
  const token = parseJoinToken(await readFile(options.tokenFile, 'utf8'));
  for (;;) {
    try {
      const identity = await joinPlatform(options.address, token, options.nodeName);
      await store.save(identity);
      options.log.info({ node: identity.nodeId }, 'The node has joined.');
      return identity;
    } catch (error) {
      if (!(error instanceof DomainError) || !['unavailable', 'timeout'].includes(error.code)) throw error;
      options.log.info({ reason: error.message }, 'Waiting for the platform to join it.');
      await delay(retryMs);
    }
  }
}
