import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { channelOptions, gatewayCredentials, joiningCredentials } from '#libs/agent-protocol/channel.js';
import { AgentGatewayClient, EnrollmentClient } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { JoinToken } from '#libs/agent-protocol/join-token.js';
import { fromServiceError } from '#libs/agent-protocol/status.translate.js';
import { newCertificateRequest } from './certificate-request.js';
import type { NodeIdentity } from './identity.store.js';
import { fetchTrustedCa } from './trusted-ca.js';

const withinMs = 20_000;
const deadline = () => new Date(Date.now() + withinMs);

/** Redeems a join token. Throws what the platform refused, or `forbidden` when the server is not the token's. */
export async function joinPlatform(address: string, token: JoinToken, nodeName: string): Promise<NodeIdentity> {
  const caPem = await fetchTrustedCa(address, token.caFingerprint);
  const { privateKeyPem, csrPem } = newCertificateRequest(nodeName);
  const client = new EnrollmentClient(address, joiningCredentials(caPem), channelOptions);
  try {
    const { tokenId, secret: tokenSecret } = token;
    const answer = await unary<{ nodeId: string; certificatePem: string }>((done) =>
      client.join({ tokenId, tokenSecret, csrPem, nodeName }, new Metadata(), { deadline: deadline() }, done),
    );
    return { nodeId: answer.nodeId, certificatePem: answer.certificatePem, privateKeyPem, caPem };
  } finally {
    client.close();
  }
}

/** A new key and certificate for the same node, asked of one gateway. The CA stays the one of the join token. */
export async function renewIdentity(gateway: string, identity: NodeIdentity): Promise<NodeIdentity> {
  const { privateKeyPem, csrPem } = newCertificateRequest(identity.nodeId);
  const client = new AgentGatewayClient(gateway, gatewayCredentials(identity), channelOptions);
  try {
    const answer = await unary<{ certificatePem: string }>((done) =>
      client.renew({ csrPem }, new Metadata(), { deadline: deadline() }, done),
    );
    return { ...identity, certificatePem: answer.certificatePem, privateKeyPem };
  } finally {
    client.close();
  }
}

function unary<T>(call: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error ? reject(fromServiceError(error)) : resolve(answer)));
  });
}
