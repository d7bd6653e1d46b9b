import type { GatewayMessage } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';

export type Outgoing = NonNullable<GatewayMessage['message']>;

/** What the parts of a session see of it. */
export interface SessionLink {
  readonly nodeId: string;
  readonly epoch: number;
  readonly open: boolean;
  /** Resolves when the agent takes more; false when the session is over. */
  send(message: Outgoing): Promise<boolean>;
  /** The directory refused: the session is not the current one any more, or its node is revoked. */
  supersede(reason: string): void;
}
