import { z } from 'zod';
import type { DeploymentRecord } from '#libs/core/service/deployment.repository.port.js';
import type { ServiceDetails, ServiceRecord } from '#libs/core/service/service.repository.port.js';
import { actionStates } from '#libs/domain/action/state.js';
import { deploymentKinds, deploymentStates } from '#libs/domain/deployment/state.js';
import type { ActionRecord } from '#libs/core/action/action.repository.port.js';
import { serviceSpec } from '#libs/domain/service/spec.js';
import { serviceIntents, serviceStates } from '#libs/domain/service/state.js';

/** By keyset: `after` is the last id of the page before. */
export const serviceQuery = z.strictObject({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const serviceLine = z.object({
  id: z.uuid(),
  resourceUri: z.string(),
  name: z.string(),
  stackId: z.uuid().nullable(),
  state: z.enum(serviceStates),
  message: z.string().nullable(),
  synchronized: z.boolean(),
  revision: z.number(),
  image: z.string(),
  replicas: z.number(),
  wantedReplicas: z.number(),
  running: z.number(),
  createdAt: z.string(),
  deployedAt: z.string().nullable(),
});
export const serviceList = z.object({ items: z.array(serviceLine) });

export const serviceAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  stackId: z.uuid().nullable(),
  intent: z.enum(serviceIntents),
  state: z.enum(serviceStates),
  message: z.string().nullable(),
  synchronized: z.boolean(),
  revision: z.number(),
  replicas: z.number(),
  /** The newest definition. */
  spec: serviceSpec,
  containers: z.array(z.string()),
  createdAt: z.iso.datetime(),
  deployedAt: z.iso.datetime().nullable(),
  resourceUri: z.string(),
});

export const toService = (service: ServiceDetails): z.infer<typeof serviceAnswer> => ({
  id: service.id,
  name: service.name,
  stackId: service.stackId,
  intent: service.intent,
  state: service.state,
  message: service.stateMessage,
  synchronized: service.synchronized,
  revision: service.revision,
  replicas: service.replicas,
  spec: service.spec,
  containers: service.containers.map((container) => `/api/v1/containers/${container.id}`),
  createdAt: service.createdAt.toISOString(),
  deployedAt: service.deployedAt?.toISOString() ?? null,
  resourceUri: `/api/v1/services/${service.id}`,
});

export const deploymentAnswer = z.object({
  id: z.uuid(),
  kind: z.enum(deploymentKinds),
  /** What was observed, never what was hoped. */
  state: z.enum(deploymentStates),
  message: z.string().nullable(),
  fromRevision: z.number().nullable(),
  toRevision: z.number(),
  rollingBack: z.boolean(),
  startedAt: z.iso.datetime(),
  deadlineAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});
export const deploymentList = z.object({ items: z.array(deploymentAnswer) });

export const toDeployment = (deployment: DeploymentRecord): z.infer<typeof deploymentAnswer> => ({
  id: deployment.id,
  kind: deployment.kind,
  state: deployment.state,
  message: deployment.message,
  fromRevision: deployment.fromRevision,
  toRevision: deployment.toRevision,
  rollingBack: deployment.rollingBack,
  startedAt: deployment.startedAt.toISOString(),
  deadlineAt: deployment.deadlineAt.toISOString(),
  endedAt: deployment.endedAt?.toISOString() ?? null,
});

/** The core's whole definition; links and volume sources may name a service instead of giving its id. */
export const serviceBody = serviceSpec.extend({
  links: z
    .array(
      z.strictObject({
        alias: z.string().min(1).max(128),
        service: z.string().min(1).max(191),
        secrets: z.boolean().default(false),
      }),
    )
    .default([]),
  volumesFrom: z.array(z.string().min(1).max(191)).max(16).default([]),
});

/** The service as it is now, and the action that tells how the call ends. */
export const changedServiceAnswer = z.object({
  service: serviceAnswer.omit({ containers: true }),
  actionId: z.uuid(),
  actionState: z.enum(actionStates),
});

export const toChangedService = (outcome: {
  service: ServiceRecord;
  action: ActionRecord;
}): z.infer<typeof changedServiceAnswer> => {
  const { containers: _, ...service } = toService({
    ...outcome.service,
    stackName: null,
    containers: [],
    linkedFrom: [],
  });
  return { service, actionId: outcome.action.id, actionState: outcome.action.state };
};

export const redeployQuery = z.object({
  /** New unnamed volumes for every instance; those they had go when the redeploy has succeeded. */
  renewVolumes: z.stringbool().default(false),
});
