import type { ActionRecord } from '#libs/core/action/action.repository.port.js';
import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import type { DeploymentRecord } from '#libs/core/service/deployment.repository.port.js';
import type { RegistryRecord } from '#libs/core/registry/registry.repository.port.js';
import type { ServiceRecord } from '#libs/core/service/service.repository.port.js';
import type { StackRecord } from '#libs/core/stack/stack.repository.port.js';
import { newVolume } from '#libs/core/volume/new-volume.js';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
import { serviceSpec, type ServiceSpecInput } from '#libs/domain/service/spec.js';
import { newId } from '#libs/platform/id.js';
import type { TestStore } from './store.js';

export interface Tenant {
  organizationId: string;
  projectId: string;
}

let number = 0;
/** A name that no other record of this test file has. */
export const unique = (word: string): string => `${word}-${++number}`;

const start = Date.now();
let ticks = 0;
/** Lists go by time, so no two records share one. */
const nextTime = (): Date => new Date(start + ++ticks);

export async function aTenant(store: TestStore): Promise<Tenant> {
  const [organizationId, projectId, name] = [newId(), newId(), unique('organization')];
  await store.sql('INSERT INTO organization (id, name, display_name) VALUES ($1, $2, $2)', [organizationId, name]);
  await store.sql(
    'INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, $3, $3, $3)',
    [projectId, organizationId, name],
  );
  return { organizationId, projectId };
}

/** Of the shared pool unless an organization is given. */
export async function aNode(store: TestStore, organizationId: string | null = null): Promise<string> {
  const id = newId();
  await store.sql(
    `INSERT INTO node (id, organization_id, name, state, milli_cpu, memory_bytes, max_containers)
     VALUES ($1, $2, $3, 'ready', 4000, 8589934592, 100)`,
    [id, organizationId, unique('node')],
  );
  return id;
}

export const aSpec = (name: string, given: Partial<ServiceSpecInput> = {}) =>
  serviceSpec.parse({ name, template: { image: 'busybox' }, ...given });

export const aStack = (tenant: Tenant, given: Partial<StackRecord> = {}): StackRecord => ({
  id: newId(),
  ...tenant,
  name: unique('stack'),
  displayName: null,
  intent: 'created',
  state: 'not-running',
  synchronized: true,
  deployedAt: null,
  destroyedAt: null,
  createdAt: nextTime(),
  rowVersion: 1,
  ...given,
});

export function aService(tenant: Tenant, given: Partial<ServiceRecord> = {}): ServiceRecord {
  const name = given.name ?? unique('service');
  return {
    id: newId(),
    ...tenant,
    stackId: null,
    name,
    spec: aSpec(name),
    intent: 'created',
    state: 'not-running',
    stateMessage: null,
    synchronized: true,
    revision: 0,
    replicas: 1,
    reserved: { containers: 0, memoryBytes: 0, milliCpu: 0 },
    lookAgainAt: null,
    deployedAt: null,
    startedAt: null,
    stoppedAt: null,
    destroyedAt: null,
    createdAt: nextTime(),
    rowVersion: 1,
    ...given,
  };
}

export const aContainer = (tenant: Tenant, given: Partial<ContainerRecord> = {}): ContainerRecord => ({
  id: newId(),
  ...tenant,
  stackId: null,
  serviceId: null,
  name: unique('container'),
  ordinal: 1,
  revision: null,
  template: null,
  restart: null,
  environment: [],
  links: [],
  apiKeyId: null,
  nodeId: null,
  privateAddress: null,
  deploymentId: null,
  held: false,
  startIncarnation: 0,
  moveTo: null,
  pool: 'none',
  poolChangedXid: null,
  poolChangedAt: null,
  failedAt: null,
  autodestroyed: false,
  desired: 'running',
  generation: 1,
  restartNonce: 0,
  milliCpu: 100,
  memoryBytes: 1024,
  observed: {
    state: 'pending',
    incarnation: 0,
    health: 'none',
    engineId: null,
    exitCode: null,
    message: null,
    imageDigest: null,
    address: null,
    ports: [],
    startedAt: null,
    finishedAt: null,
  },
  observedGeneration: 0,
  createdAt: nextTime(),
  removedAt: null,
  rowVersion: 1,
  ...given,
});

export const anAction = (tenant: Tenant, given: Partial<ActionRecord> = {}): ActionRecord => ({
  id: newId(),
  ...tenant,
  userId: null,
  userName: 'user',
  apiKeyId: null,
  verb: 'start',
  resourceType: 'service',
  resourceId: null,
  resourceName: null,
  stackId: null,
  serviceId: null,
  origin: 'user',
  state: 'pending',
  message: null,
  expectation: null,
  method: 'POST',
  path: '/',
  ip: '127.0.0.1',
  userAgent: 'test',
  retryOf: null,
  startedAt: new Date(),
  deadlineAt: null,
  endedAt: null,
  ...given,
});

export const aDeployment = (service: ServiceRecord, given: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  id: newId(),
  organizationId: service.organizationId,
  projectId: service.projectId,
  serviceId: service.id,
  actionId: null,
  kind: 'start',
  state: 'in-progress',
  fromRevision: null,
  toRevision: 1,
  rollingBack: false,
  progressSlots: 0,
  message: null,
  startedAt: new Date(),
  lastProgressAt: null,
  completeSince: null,
  deadlineAt: new Date(Date.now() + 60_000),
  endedAt: null,
  environment: [],
  ...given,
});

export const aVolume = (tenant: Tenant, given: Partial<VolumeRecord> = {}): VolumeRecord =>
  newVolume(tenant, unique('volume'), nextTime(), given);

export const aRegistry = (tenant: Tenant, given: Partial<RegistryRecord> = {}): RegistryRecord => ({
  id: newId(),
  ...tenant,
  host: `${unique('registry')}.example`,
  repository: '',
  username: null,
  description: null,
  accepted: null,
  createdAt: nextTime(),
  ...given,
});
