import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type {
  JoinRequest,
  JoinResponse,
  RenewRequest,
  RenewResponse,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import { NodeEnrollment } from '#libs/core/node/enrollment.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { nodePeer, peerHost } from '../server/call-peer.js';

/** Hands joining and renewing on to the platform's CA. */
@Injectable()
export class EnrollmentHandler {
  private readonly log: Log;

  constructor(
    private readonly enrollment: NodeEnrollment,
    { log }: GatewayLog,
  ) {
    this.log = log;
  }

  join(call: ServerUnaryCall<JoinRequest, JoinResponse>, done: sendUnaryData<JoinResponse>): void {
    const { tokenId, tokenSecret, csrPem, nodeName } = call.request;
    const address = peerHost(call.getPeer());
    this.answer(this.enrollment.join({ tokenId, tokenSecret, csrPem, nodeName, address }), done);
  }

  renew(call: ServerUnaryCall<RenewRequest, RenewResponse>, done: sendUnaryData<RenewResponse>): void {
    const renewed = async () => {
      const peer = nodePeer(call);
      return this.enrollment.renew(peer.nodeId, peer.serial, call.request.csrPem);
    };
    this.answer(renewed(), done);
  }

  private answer<T>(result: Promise<T>, done: sendUnaryData<T>): void {
    result.then(
      (value) => done(null, value),
      (error: unknown) => {
        if (!(error instanceof DomainError)) this.log.error({ err: error }, 'Enrolling a node failed.');
        done(toServiceError(error));
      },
    );
  }
}
