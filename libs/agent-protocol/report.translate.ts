import type { ContainerState as State, HealthState as Health } from '#libs/domain/container/state.js';
import { ContainerState, HealthState, type ContainerReport, type Hello } from './generated/pierhead/agent/v1/agent.js';
import type { NodeHello, NodeReport } from './node-assignment.js';

/** `lost` is the control plane's own word: no agent says it, and it travels as unspecified. */
const stateTo: Record<State, ContainerState> = {
  pending: ContainerState.PENDING,
  pulling: ContainerState.PULLING,
  starting: ContainerState.STARTING,
  running: ContainerState.RUNNING,
  stopping: ContainerState.STOPPING,
  exited: ContainerState.EXITED,
  failed: ContainerState.FAILED,
  removed: ContainerState.REMOVED,
  lost: ContainerState.UNSPECIFIED,
};
const stateFrom = new Map(Object.entries(stateTo).map(([state, number]) => [number, state as State]));
stateFrom.delete(ContainerState.UNSPECIFIED);

const healthTo: Record<Health, HealthState> = {
  none: HealthState.NONE,
  starting: HealthState.STARTING,
  healthy: HealthState.HEALTHY,
  unhealthy: HealthState.UNHEALTHY,
};
const healthFrom = new Map(Object.entries(healthTo).map(([health, number]) => [number, health as Health]));

const dateFrom = (ms: number | undefined) => (ms === undefined ? null : new Date(ms));

export const reportToWire = ({ sequence, containerId, generation, observed }: NodeReport): ContainerReport => ({
  sequence,
  containerId,
  generation,
  incarnation: observed.incarnation,
  state: stateTo[observed.state],
  health: healthTo[observed.health],
  engineId: observed.engineId ?? '',
  exitCode: observed.exitCode ?? undefined,
  message: observed.message ?? '',
  imageDigest: observed.imageDigest ?? '',
  address: observed.address ?? '',
  ports: observed.ports,
  startedAt: observed.startedAt?.getTime(),
  finishedAt: observed.finishedAt?.getTime(),
});

/** Null for a state that this side does not know. */
export function reportFromWire(given: ContainerReport): NodeReport | null {
  const state = stateFrom.get(given.state);
  if (!state) return null;
  return {
    sequence: given.sequence,
    containerId: given.containerId,
    generation: given.generation,
    observed: {
      state,
      incarnation: given.incarnation,
      health: healthFrom.get(given.health) ?? 'none',
      engineId: given.engineId || null,
      exitCode: given.exitCode ?? null,
      message: given.message || null,
      imageDigest: given.imageDigest || null,
      address: given.address || null,
      ports: given.ports.map((port) => ({ ...port, protocol: port.protocol === 'udp' ? 'udp' : 'tcp' })),
      startedAt: dateFrom(given.startedAt),
      finishedAt: dateFrom(given.finishedAt),
    },
  };
}

export const helloToWire = (hello: NodeHello, heldGeneration: number): Hello => ({
  ...hello,
  heldGeneration,
  machine: hello.machine ?? '',
  nfsClient: hello.nfsClient ?? false,
  storage: hello.storage,
});

export const helloFromWire = ({ heldGeneration: _held, capacity, ...hello }: Hello): NodeHello => ({
  ...hello,
  capacity: capacity ?? { milliCpu: 0, memoryBytes: 0, diskBytes: 0, maxContainers: 0 },
});
