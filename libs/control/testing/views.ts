import { placement, restartPolicy, rolloutPolicy } from '#libs/domain/service/spec.js';
import type {
  ContainerView,
  DemandView,
  DeploymentView,
  NodeView,
  RevisionView,
  ServiceSnapshot,
  ServiceView,
} from '../snapshot.js';

/** Builders for snapshots in tests: everything ordinary, with what matters given. */

export const start = new Date('2030-01-01T00:00:00Z');
export const after = (milliseconds: number): Date => new Date(start.getTime() + milliseconds);

type ServicePatch = Partial<Omit<ServiceView, 'rollout' | 'restart' | 'placement'>> & {
  rollout?: Partial<ServiceView['rollout']>;
  restart?: Partial<ServiceView['restart']>;
  placement?: Partial<ServiceView['placement']>;
};

export const service = (patch: ServicePatch = {}): ServiceView => ({
  id: 'service',
  name: 'web',
  intent: 'running',
  replicas: 1,
  autodestroy: 'never',
  sequential: false,
  revision: 1,
  colocateWith: [],
  routing: null,
  ...patch,
  placement: placement.parse(patch.placement ?? {}),
  restart: restartPolicy.parse(patch.restart ?? {}),
  rollout: rolloutPolicy.parse(patch.rollout ?? {}),
});

export const demand = (patch: Partial<DemandView> = {}): DemandView => ({
  milliCpu: 100,
  memoryBytes: 64,
  hostPorts: [],
  pins: [],
  unplaced: [],
  claims: [],
  shares: [],
  hasHealthCheck: false,
  hasVolumes: false,
  ...patch,
});

export const revision = (
  number: number,
  patch: Partial<DemandView> = {},
  instances: RevisionView['instances'] = new Map(),
): RevisionView => ({ number, demand: demand(patch), instances });

export const node = (name: string, patch: Partial<NodeView> = {}): NodeView => ({
  id: `id-${name}`,
  name,
  state: 'ready',
  schedulable: true,
  draining: false,
  tags: [],
  milliCpu: 4_000,
  memoryBytes: 4_096,
  maxContainers: 100,
  usedMilliCpu: 0,
  usedMemoryBytes: 0,
  usedContainers: 0,
  usedHostPorts: [],
  serviceContainers: 0,
  recentFailures: 0,
  networkBehind: false,
  nfsClient: false,
  machine: null,
  ...patch,
});

/** A container that runs; `ordinal` also names it. */
export const container = (ordinal: number, patch: Partial<ContainerView> = {}): ContainerView => ({
  id: `c${ordinal}`,
  ordinal,
  revision: 1,
  nodeId: 'id-a',
  desired: 'running',
  state: 'running',
  health: 'none',
  incarnation: 1,
  exitCode: null,
  message: null,
  createdAt: start,
  startedAt: start,
  finishedAt: null,
  deploymentId: null,
  startIncarnation: 0,
  failedAt: null,
  autodestroyed: false,
  held: false,
  moveTo: null,
  pool: 'none',
  poolSettled: true,
  poolChangedAt: null,
  ...patch,
});

export const ended = (ordinal: number, exitCode: number, patch: Partial<ContainerView> = {}): ContainerView =>
  container(ordinal, { state: 'exited', exitCode, finishedAt: start, ...patch });

/** One that could not even be created. */
export const unborn = (ordinal: number, message: string, patch: Partial<ContainerView> = {}): ContainerView =>
  container(ordinal, { state: 'failed', message, startedAt: null, incarnation: 0, ...patch });

export const deployment = (patch: Partial<DeploymentView> = {}): DeploymentView => ({
  id: 'deployment',
  kind: 'create',
  state: 'in-progress',
  fromRevision: null,
  toRevision: 1,
  startedAt: start,
  lastProgressAt: null,
  completeSince: null,
  rollingBack: false,
  deadlineAt: after(600_000),
  progressSlots: 0,
  ...patch,
});

export const snapshot = (patch: Partial<ServiceSnapshot> = {}): ServiceSnapshot => ({
  now: start,
  service: service(),
  revisions: [revision(1), revision(2)],
  containers: [],
  deployment: null,
  nodes: [node('a'), node('b'), node('c')],
  ...patch,
});
