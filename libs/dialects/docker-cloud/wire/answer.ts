import { actionEnded } from '#libs/domain/action/state.js';
import type { ActionRecord } from '#libs/core/action/action.repository.port.js';
import { resourceUri } from './resource-uri.translate.js';

/** What is used of a Fastify reply. */
export interface WireReply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

export const actionHeader = 'X-DockerCloud-Action-URI';

/** Names the action of a changing call; 202 while its work goes on, else `done`. */
export function answerAction(reply: WireReply, action: ActionRecord, done: 200 | 201 = 200): void {
  reply.header(actionHeader, resourceUri('action', '', action.id));
  reply.status(done === 201 || actionEnded(action.state) ? done : 202);
}
