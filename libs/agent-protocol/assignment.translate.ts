import type { DesiredState as Desired } from '#libs/domain/container/state.js';
import type { RestartPolicy } from '#libs/domain/service/spec.js';
import { DesiredState, type Assignment } from './generated/pierhead/agent/v1/agent.js';
import type { NodeAssignment } from './node-assignment.js';
import { shareFromWire, shareToWire } from './share.translate.js';
import { templateFromWire, templateToWire } from './template.translate.js';

const desiredTo: Record<Desired, DesiredState> = {
  running: DesiredState.RUNNING,
  stopped: DesiredState.STOPPED,
  removed: DesiredState.REMOVED,
};

/** A value this agent does not know must not stop anything: a container is left as it is by `running`. */
function desiredFrom(value: DesiredState): Desired {
  if (value === DesiredState.STOPPED) return 'stopped';
  return value === DesiredState.REMOVED ? 'removed' : 'running';
}

const conditionFrom = (text: string): RestartPolicy['condition'] =>
  text === 'always' || text === 'on-failure' ? text : 'never';

export const assignmentToWire = (given: NodeAssignment): Assignment => ({
  containerId: given.containerId,
  generation: given.generation,
  desired: desiredTo[given.desired],
  name: given.name,
  organizationId: given.organizationId,
  projectId: given.projectId,
  serviceId: given.serviceId ?? '',
  serviceName: given.serviceName ?? '',
  ordinal: given.ordinal,
  template: given.template ? templateToWire(given.template) : undefined,
  restart: given.restart,
  platformEnvironment: given.platformEnvironment,
  credentials: given.credentials ?? undefined,
  restartNonce: given.restartNonce,
  address: given.privateAddress ?? '',
  volumes: given.volumes.map((volume) => ({ ...volume, share: shareToWire(volume.share) })),
  volumeSet: given.volumeSet ?? '',
  volumesFrom: given.volumesFrom,
});

export const assignmentFromWire = (given: Assignment): NodeAssignment => ({
  containerId: given.containerId,
  generation: given.generation,
  desired: desiredFrom(given.desired),
  name: given.name,
  organizationId: given.organizationId,
  projectId: given.projectId,
  serviceId: given.serviceId || null,
  serviceName: given.serviceName || null,
  ordinal: given.ordinal,
  template: given.template ? templateFromWire(given.template) : null,
  restart: {
    condition: conditionFrom(given.restart?.condition ?? ''),
    delayMs: given.restart?.delayMs ?? 0,
    maxDelayMs: given.restart?.maxDelayMs ?? 0,
    maxAttempts: given.restart?.maxAttempts ?? 0,
    resetAfterMs: given.restart?.resetAfterMs ?? 0,
  },
  platformEnvironment: given.platformEnvironment,
  credentials: given.credentials ?? null,
  restartNonce: given.restartNonce,
  privateAddress: given.address || null,
  volumes: given.volumes.map((volume) => ({ ...volume, share: shareFromWire(volume.share) })),
  volumeSet: given.volumeSet || null,
  volumesFrom: given.volumesFrom,
});
