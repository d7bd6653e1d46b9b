import type { AgentMessage } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { AgentHello } from '#libs/core/agent/agent-directory.port.js';
import type { SessionLink } from './session.port.js';

export type Incoming = NonNullable<AgentMessage['message']>;

/** What sessions carry beside containers: told of every session's begin, of its messages and of its end. */
export interface SessionPart {
  /** The agent has been welcomed and may be sent to. */
  begin(session: SessionLink, hello: AgentHello): void;
  /** Every message that is not about containers or streams; those that concern other parts are let pass. */
  receive(session: SessionLink, message: Incoming): void;
  end(session: SessionLink): void;
}

/** All of them, in the order they are told; a class so that it can be injected. */
export class SessionParts {
  constructor(readonly all: readonly SessionPart[]) {}
}
