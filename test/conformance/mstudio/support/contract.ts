import { z } from 'zod';
import {
  certificateAnswer,
  certificateRequestAnswer,
  madeCertificateAnswer,
} from '#libs/dialects/mstudio/certificate/certificate.wire.js';
import { domainAnswer } from '#libs/dialects/mstudio/domain/domain.wire.js';
import { imageAnswer } from '#libs/dialects/mstudio/image/image.wire.js';
import { ingressAnswer, madeIngressAnswer } from '#libs/dialects/mstudio/ingress/ingress.wire.js';
import {
  customerInviteAnswer,
  customerMemberAnswer,
  projectInviteAnswer,
  projectMemberAnswer,
} from '#libs/dialects/mstudio/member/member.wire.js';
import { operations, type Operation } from '#libs/dialects/mstudio/operations/operations.js';
import {
  customerAnswer,
  customerNameAnswer,
  madeProjectAnswer,
  projectAnswer,
  projectListItem,
} from '#libs/dialects/mstudio/project/project.wire.js';
import { answerOf } from '#libs/dialects/mstudio/refusal/mstudio.errors.js';
import {
  credentialsVerdictAnswer,
  registryAnswer,
  uriVerdictAnswer,
} from '#libs/dialects/mstudio/registry/registry.wire.js';
import { serverAnswer } from '#libs/dialects/mstudio/server/server.wire.js';
import { serviceAnswer } from '#libs/dialects/mstudio/service/service.wire.js';
import { stackAnswer } from '#libs/dialects/mstudio/stack/stack.wire.js';
import {
  currentSessionAnswer,
  emailAnswer,
  loginAnswer,
  madeTokenAnswer,
  mfaAnswer,
  refreshAnswer,
  sessionAnswer,
  tokenAnswer,
  userAnswer,
} from '#libs/dialects/mstudio/user/user.wire.js';
import { volumeAnswer } from '#libs/dialects/mstudio/volume/volume.wire.js';
import { webhookAnswer } from '#libs/dialects/mstudio/webhook/webhook.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';

/** What an operation answers when it does what it is for. */
interface Promised {
  status: number;
  /** Null: nothing at all. `text`: plain text. */
  body: z.ZodType | 'text' | null;
  /** A page of a list, with the headers that say which. */
  paged: boolean;
}

const one = (body: z.ZodType | 'text', status = 200): Promised => ({ status, body, paged: false });
const made = (body: z.ZodType): Promised => one(body, 201);
const done: Promised = { status: 204, body: null, paged: false };
const whole = (row: z.ZodType): Promised => one(z.array(row));
const page = (row: z.ZodType): Promised => ({ ...whole(row), paged: true });
const nothing = z.strictObject({});

const ofContainers: Record<string, Promised> = {
  'GET /v2/stacks': page(stackAnswer),
  'GET /v2/projects/{projectId}/stacks': page(stackAnswer),
  'POST /v2/projects/{projectId}/stacks': made(stackAnswer),
  'GET /v2/stacks/{stackId}': one(stackAnswer),
  'PUT /v2/stacks/{stackId}': one(stackAnswer),
  'PATCH /v2/stacks/{stackId}': one(stackAnswer),
  'DELETE /v2/stacks/{stackId}': done,
  'GET /v2/services': page(serviceAnswer),
  'GET /v2/projects/{projectId}/services': page(serviceAnswer),
  'GET /v2/stacks/{stackId}/services/{serviceId}': one(serviceAnswer),
  'GET /v2/stacks/{stackId}/services/{serviceId}/logs': one('text'),
  'POST /v2/stacks/{stackId}/services/{serviceId}/actions/start': done,
  'POST /v2/stacks/{stackId}/services/{serviceId}/actions/stop': done,
  'POST /v2/stacks/{stackId}/services/{serviceId}/actions/restart': done,
  'POST /v2/stacks/{stackId}/services/{serviceId}/actions/recreate': done,
  'POST /v2/stacks/{stackId}/services/{serviceId}/actions/pull': done,
  'POST /v2/stacks/{stackId}/services/{serviceId}/webhook-token': one(webhookAnswer),
  'GET /v2/stacks/{stackId}/webhooks/pull-image': done,
  'GET /v2/projects/{projectId}/volumes': page(volumeAnswer),
  'GET /v2/stacks/{stackId}/volumes': page(volumeAnswer),
  'GET /v2/stacks/{stackId}/volumes/{volumeId}': one(volumeAnswer),
  'DELETE /v2/stacks/{stackId}/volumes/{volumeId}': done,
  'GET /v2/container-image-config': one(imageAnswer),
  'GET /v2/projects/{projectId}/registries': page(registryAnswer),
  'POST /v2/projects/{projectId}/registries': made(registryAnswer),
  'GET /v2/registries/{registryId}': one(registryAnswer),
  'PATCH /v2/registries/{registryId}': done,
  'DELETE /v2/registries/{registryId}': done,
  'POST /v2/registries/{registryId}/actions/validate-credentials': one(credentialsVerdictAnswer),
  'POST /v2/actions/validate-container-registry-uri': one(uriVerdictAnswer),
};

const ofHosts: Record<string, Promised> = {
  'GET /v2/ingresses': page(ingressAnswer),
  'POST /v2/ingresses': made(madeIngressAnswer),
  'GET /v2/projects/{projectId}/ingresses': page(ingressAnswer),
  'GET /v2/ingresses/{ingressId}': one(ingressAnswer),
  'PATCH /v2/ingresses/{ingressId}/paths': done,
  'PATCH /v2/ingresses/{ingressId}/tls': one(nothing),
  'POST /v2/ingresses/{ingressId}/actions/request-acme-certificate-issuance': done,
  'POST /v2/ingresses/{ingressId}/actions/verify-ownership': one(nothing),
  'DELETE /v2/ingresses/{ingressId}': done,
  'GET /v2/certificates': whole(certificateAnswer),
  'GET /v2/certificates/{certificateId}': one(certificateAnswer),
  'PUT /v2/certificates/{certificateId}': done,
  'DELETE /v2/certificate/{certificateId}': done,
  'GET /v2/certificate-requests': whole(certificateRequestAnswer),
  'POST /v2/certificate-requests': made(madeCertificateAnswer),
  'GET /v2/certificate-requests/{certificateRequestId}': one(certificateRequestAnswer),
  'DELETE /v2/certificate-request/{certificateRequestId}': done,
  'GET /v2/domains': page(domainAnswer),
  'GET /v2/domains/{domainId}': one(domainAnswer),
};

const ofPeople: Record<string, Promised> = {
  'POST /v2/authenticate': one(loginAnswer),
  'PUT /v2/logout': done,
  'GET /v2/users/self': one(userAnswer),
  'PUT /v2/users/self': done,
  'PUT /v2/users/self/personal-information': done,
  'GET /v2/users/self/credentials/email': one(emailAnswer),
  'GET /v2/users/self/credentials/mfa': one(mfaAnswer),
  'PUT /v2/users/self/credentials/password': one(loginAnswer),
  'GET /v2/users/self/sessions': page(sessionAnswer),
  'PUT /v2/users/self/sessions': one(refreshAnswer),
  'DELETE /v2/users/self/sessions': done,
  'GET /v2/users/self/sessions/current/status': one(currentSessionAnswer),
  'GET /v2/users/self/sessions/{tokenId}': one(sessionAnswer),
  'DELETE /v2/users/self/sessions/{tokenId}': done,
  'GET /v2/users/self/api-tokens': page(tokenAnswer),
  'POST /v2/users/self/api-tokens': made(madeTokenAnswer),
  'GET /v2/users/self/api-tokens/{apiTokenId}': one(tokenAnswer),
  'PUT /v2/users/self/api-tokens/{apiTokenId}': done,
  'DELETE /v2/users/self/api-tokens/{apiTokenId}': done,
  'GET /v2/customers': page(customerAnswer),
  'GET /v2/customers/{customerId}': one(customerAnswer),
  'PUT /v2/customers/{customerId}': one(customerNameAnswer),
  'GET /v2/customers/{customerId}/projects': page(projectListItem),
  'GET /v2/customers/{customerId}/memberships': page(customerMemberAnswer),
  'GET /v2/customers/{customerId}/invites': page(customerInviteAnswer),
  'POST /v2/customers/{customerId}/invites': made(customerInviteAnswer),
  'GET /v2/customer-memberships': page(customerMemberAnswer),
  'GET /v2/customer-memberships/{membershipId}': one(customerMemberAnswer),
  'PATCH /v2/customer-memberships/{membershipId}': done,
  'DELETE /v2/customer-memberships/{membershipId}': done,
  'GET /v2/customer-invites': page(customerInviteAnswer),
  'GET /v2/servers': page(serverAnswer),
  'GET /v2/servers/{serverId}': one(serverAnswer),
  'GET /v2/projects': page(projectListItem),
  'POST /v2/servers/{serverId}/projects': made(madeProjectAnswer),
  'GET /v2/projects/{projectId}': one(projectAnswer),
  'PATCH /v2/projects/{projectId}': done,
  'DELETE /v2/projects/{projectId}': done,
  'GET /v2/projects/{projectId}/memberships': page(projectMemberAnswer),
  'GET /v2/projects/{projectId}/memberships/self': one(projectMemberAnswer),
  'GET /v2/projects/{projectId}/invites': page(projectInviteAnswer),
  'POST /v2/projects/{projectId}/invites': made(projectInviteAnswer),
  'GET /v2/project-memberships': page(projectMemberAnswer),
  'GET /v2/project-memberships/{membershipId}': one(projectMemberAnswer),
  'PATCH /v2/project-memberships/{membershipId}': done,
  'DELETE /v2/project-memberships/{membershipId}': done,
  'GET /v2/project-invites': page(projectInviteAnswer),
};

/** By the subject of the operations, each as `METHOD /path`. */
export const contract = { containers: ofContainers, hosts: ofHosts, people: ofPeople };
const promised: Record<string, Promised> = { ...ofContainers, ...ofHosts, ...ofPeople };

export const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string => `${method} ${path}`;
const patterns = operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

const statuses = new Set<number>(Object.values(answerOf).map(([status]) => status));
const types = new Map<string, number>(Object.values(answerOf).map(([status, type]) => [type, status]));

export interface Given {
  status: number;
  header(name: string): string | null;
  text: string;
}

/**
 * Fails with a sentence unless an answer is one that the operation may give: of the promised status and shape, or a
 * refusal in the API's own shape. Answers the name of the operation that did what it is for; null for a refusal.
 */
export function checked(method: string, url: string, given: Given): string | null {
  const path = url.split('?', 1)[0] ?? '';
  const fail = (why: string) => new Error(`${method} ${path}: ${why} ${given.status} ${given.text.slice(0, 2_000)}`);
  if (given.status >= 400) {
    const body = errorBody.safeParse(json(given.text));
    if (!body.success) throw fail(`A refusal of another shape: ${body.error.message}.`);
    if (!statuses.has(given.status) || types.get(body.data.type) !== given.status) throw fail('An unknown refusal.');
    return null;
  }
  const operation = patterns.find((each) => each.operation.method === method && each.pattern.test(path))?.operation;
  const promise = operation && promised[nameOf(operation)];
  if (!operation || !promise) throw fail('No operation that works.');
  if (given.status !== promise.status) throw fail(`Not ${promise.status}.`);
  if (promise.paged) checkPage(given, fail);
  if (method !== 'GET' && !/^\d+$/.test(given.header('etag') ?? '')) throw fail('A write without its place.');
  const type = given.header('content-type') ?? '';
  if (promise.body === null) {
    if (given.text !== '') throw fail('Something where nothing is promised.');
  } else if (promise.body === 'text') {
    if (!type.startsWith('text/plain')) throw fail(`Not text but ${type}.`);
  } else {
    if (!type.startsWith('application/json')) throw fail(`Not JSON but ${type}.`);
    const body = promise.body.safeParse(json(given.text));
    if (!body.success) throw fail(`Another shape: ${body.error.message}.`);
  }
  return nameOf(operation);
}

function checkPage(given: Given, fail: (why: string) => Error): void {
  for (const name of ['limit', 'skip', 'page', 'totalcount']) {
    if (!/^\d+$/.test(given.header(`x-pagination-${name}`) ?? '')) throw fail(`A list without its ${name}.`);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
