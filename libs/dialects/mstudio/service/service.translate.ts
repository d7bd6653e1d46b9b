import type { ServiceOfStack } from '#libs/core/stack/workload.queries.js';
import type { RestartPolicy, ServiceSpec } from '#libs/domain/service/spec.js';
import type { ServiceState as CoreState } from '#libs/domain/service/state.js';
import { matches } from '../wire/page.wire.js';
import { writeCpus, writeMemory, writeMount, writePort } from './notation.translate.js';
import type { ServiceAnswer, ServiceListQuery, ServiceState, ServiceStatus } from './service.wire.js';

const statusOf: Record<CoreState, ServiceStatus> = {
  'not-running': 'creating',
  starting: 'starting',
  running: 'running',
  'partly-running': 'error',
  scaling: 'running',
  redeploying: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  terminating: 'stopping',
  terminated: 'stopped',
};

const policies: Record<RestartPolicy['condition'], ServiceAnswer['restartPolicy']> = {
  never: 'no',
  always: 'always',
  'on-failure': 'on-failure',
};

/** A service that is meant to run and is at rest without running has failed. */
export function toStatus({ state, intent }: Pick<ServiceOfStack, 'state' | 'intent'>): ServiceStatus {
  if (intent === 'running' && (state === 'stopped' || state === 'not-running')) return 'error';
  return statusOf[state];
}

const sentences: Record<ServiceStatus, string> = {
  running: 'The service runs.',
  stopped: 'The service is stopped.',
  error: 'The service does not run as it is meant to.',
  creating: 'The service has not been started yet.',
  starting: 'The service is being started.',
  stopping: 'The service is being stopped.',
};

export function toService(service: ServiceOfStack): ServiceAnswer {
  const { spec, deployed } = service;
  const status = toStatus(service);
  const deploy = toDeploy(spec);
  return {
    id: service.id,
    shortId: `c-${service.id.slice(0, 8)}`,
    stackId: service.stackId,
    projectId: service.projectId,
    serviceName: service.name,
    description: spec.displayName ?? service.name,
    status,
    statusSetAt: lastChange(service).toISOString(),
    message: service.stateMessage ?? sentences[status],
    requiresRecreate: deployed !== null && (!sameRun(deployed.spec, spec) || isOutdated(deployed)),
    restartPolicy: policies[spec.restart.condition],
    ...(deploy ? { deploy } : {}),
    pendingState: toState(spec, pendingDigest(service)),
    deployedState: toState(deployed?.spec ?? spec, deployed?.imageDigest ?? null),
  };
}

/** Whether something newer was seen under the image's name than the containers run. */
const isOutdated = ({ pulledDigest, imageDigest }: NonNullable<ServiceOfStack['deployed']>): boolean =>
  pulledDigest !== null && pulledDigest !== imageDigest;

/** Of what containers would be made from now, as far as it is known. */
function pendingDigest({ spec, deployed }: ServiceOfStack): string | null {
  if (!deployed) return null;
  return deployed.pulledDigest ?? (sameRun(deployed.spec, spec) ? deployed.imageDigest : null);
}

/** Whether containers of one definition are as those of the other would be. */
const sameRun = (one: ServiceSpec, other: ServiceSpec): boolean =>
  JSON.stringify([toState(one, null), toDeploy(one), one.restart]) ===
  JSON.stringify([toState(other, null), toDeploy(other), other.restart]);

function toState({ template }: ServiceSpec, imageDigest: string | null): ServiceState {
  return {
    image: template.image,
    ...(imageDigest ? { imageDigest } : {}),
    ...(template.command ? { command: template.command } : {}),
    ...(template.entrypoint ? { entrypoint: template.entrypoint } : {}),
    envs: Object.fromEntries(template.environment.map(({ name, value }) => [name, value])),
    ports: template.ports.map(writePort),
    volumes: template.mounts.flatMap(writeMount),
  };
}

function toDeploy({ template }: ServiceSpec): ServiceAnswer['deploy'] {
  const { milliCpu, memoryBytes } = template.resources;
  if (milliCpu === null && memoryBytes === null) return undefined;
  const limits = {
    ...(milliCpu === null ? {} : { cpus: writeCpus(milliCpu) }),
    ...(memoryBytes === null ? {} : { memory: writeMemory(memoryBytes) }),
  };
  return { resources: { limits } };
}

function lastChange({ createdAt, deployedAt, startedAt, stoppedAt, deployed }: ServiceOfStack): Date {
  const times = [createdAt, deployedAt, startedAt, stoppedAt, deployed?.observedAt ?? null];
  return new Date(Math.max(...times.map((time) => time?.getTime() ?? 0)));
}

/** Where a search term is looked for. */
const searchable = (service: ServiceAnswer): string[] => [
  service.id,
  service.shortId,
  service.stackId,
  service.projectId,
  service.serviceName,
  service.message ?? '',
  service.description,
];

/** The services that the query asks for, in its order. */
export function selectServices(services: ServiceAnswer[], query: ServiceListQuery): ServiceAnswer[] {
  const found = services.filter(
    (service) =>
      (query.stackId === undefined || service.stackId === query.stackId) &&
      (query.status === undefined || service.status === query.status) &&
      (query.requiresRecreate === undefined || service.requiresRecreate === query.requiresRecreate) &&
      matches(query.searchTerm, ...searchable(service)),
  );
  if (query.sortOrder === undefined) return found;
  const by = query.sortOrder === 'descriptionAsc' ? 1 : -1;
  return found.sort((a, b) => by * a.description.localeCompare(b.description));
}
