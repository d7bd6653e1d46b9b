import { z } from 'zod';
import type { ActionRecord } from '#libs/core/action/action.repository.port.js';
import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { containerStates, desiredStates, healthStates } from '#libs/domain/container/state.js';
import { pageQuery } from '../wire/page.wire.js';

export const containerQuery = pageQuery.extend({
  name: z.string().optional(),
  service: z.uuid().optional(),
  node: z.uuid().optional(),
  state: z.enum(containerStates).optional(),
});

export const containerAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  serviceId: z.uuid().nullable(),
  stackId: z.uuid().nullable(),
  nodeId: z.uuid().nullable(),
  revision: z.number().nullable(),
  desired: z.enum(desiredStates),
  state: z.enum(containerStates),
  health: z.enum(healthStates),
  incarnation: z.number(),
  exitCode: z.number().nullable(),
  message: z.string().nullable(),
  imageDigest: z.string().nullable(),
  address: z.string().nullable(),
  /** In the project’s network, kept by its slot; `address` is what its engine gave it. */
  privateAddress: z.string().nullable(),
  ports: z.array(
    z.object({
      containerPort: z.number(),
      protocol: z.enum(['tcp', 'udp']),
      hostAddress: z.string(),
      hostPort: z.number(),
    }),
  ),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  resourceUri: z.string(),
});

/** What was asked and the action that tells how it ends. */
export const startedAnswer = z.object({ container: containerAnswer, actionId: z.uuid(), actionUri: z.string() });

export const toContainer = (container: ContainerRecord): z.infer<typeof containerAnswer> => ({
  id: container.id,
  name: container.name,
  serviceId: container.serviceId,
  stackId: container.stackId,
  nodeId: container.nodeId,
  revision: container.revision,
  desired: container.desired,
  state: container.observed.state,
  health: container.observed.health,
  incarnation: container.observed.incarnation,
  exitCode: container.observed.exitCode,
  message: container.observed.message,
  imageDigest: container.observed.imageDigest,
  address: container.observed.address,
  privateAddress: container.privateAddress,
  ports: container.observed.ports,
  createdAt: container.createdAt.toISOString(),
  startedAt: isoTime(container.observed.startedAt),
  finishedAt: isoTime(container.observed.finishedAt),
  resourceUri: `/api/v1/containers/${container.id}`,
});

const isoTime = (at: Date | string | null): string | null => (at === null ? null : new Date(at).toISOString());

export const toStarted = (outcome: {
  container: ContainerRecord;
  action: ActionRecord;
}): z.infer<typeof startedAnswer> => ({
  container: toContainer(outcome.container),
  actionId: outcome.action.id,
  actionUri: `/api/v1/actions/${outcome.action.id}`,
});
