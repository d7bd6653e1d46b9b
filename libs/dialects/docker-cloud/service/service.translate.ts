import type { ServiceDetails, ServiceFilter } from '#libs/core/service/service.repository.port.js';
import { toldOf, toldOfService } from '#libs/core/discovery/container-variables.js';
import { serviceDomain } from '#libs/domain/discovery/docker-cloud.naming.js';
import type { PlatformPlace } from '#libs/domain/discovery/naming.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { portName, uriProtocol } from '../wire/port-name.translate.js';
import { linkVariables } from '../wire/link-variables.translate.js';
import { resourceUri, uriOrNull } from '../wire/resource-uri.translate.js';
import { serviceStateNames, serviceStateOf } from './service.states.js';
import { templateAttributes } from './template.translate.js';

const strategies = {
  'emptiest-node': 'EMPTIEST_NODE',
  'high-availability': 'HIGH_AVAILABILITY',
  'every-node': 'EVERY_NODE',
} as const;
const restarts = { never: 'OFF', 'on-failure': 'ON_FAILURE', always: 'ALWAYS' } as const;
const destroys = { never: 'OFF', 'on-success': 'ON_SUCCESS', always: 'ALWAYS' } as const;

/** What a container shows of its service's definition as well. */
export const policyAttributes = (spec: Pick<ServiceSpec, 'restart' | 'autodestroy' | 'roles'>) => ({
  autodestroy: destroys[spec.autodestroy],
  autorestart: restarts[spec.restart.condition],
  roles: spec.roles,
});

/** Can be reached now or soon. */
const isThere = ({ state }: { state: string }): boolean => !['exited', 'failed', 'removed', 'lost'].includes(state);

const running = (state: string): boolean => state === 'running';
const stopped = (state: string): boolean => state === 'exited' || state === 'failed';

export function toService(service: ServiceDetails, namespace: string, place: PlatformPlace) {
  const { spec } = service;
  const self = resourceUri('service', namespace, service.id);
  const publicDns = serviceDomain(service, place.domain);
  return {
    autoredeploy: spec.autoredeploy,
    bindings: toBindings(spec, namespace),
    calculated_envvars: calculatedVariables(service, namespace, place),
    container_ports: spec.template.ports.map((port) => ({
      endpoint_uri: port.published && port.hostPort ? `${uriProtocol(port)}://${publicDns}:${port.hostPort}/` : null,
      inner_port: port.containerPort,
      outer_port: port.hostPort,
      port_name: port.name ?? portName(port.containerPort),
      protocol: port.protocol,
      published: port.published,
    })),
    containers: service.containers.map((container) => resourceUri('container', namespace, container.id)),
    current_num_containers: service.containers.length,
    deployed_datetime: wireDateOrNull(service.deployedAt),
    deployment_strategy: strategies[spec.placement.strategy],
    destroyed_datetime: wireDateOrNull(service.destroyedAt),
    link_variables: linkVariables(toldOf(service, service.containers.filter(isThere), namespace, place)),
    linked_from_service: service.linkedFrom.map((link) => ({
      from_service: resourceUri('service', namespace, link.serviceId),
      name: link.alias,
      to_service: self,
    })),
    linked_to_service: spec.links.map((link) => ({
      from_service: self,
      name: link.alias,
      to_service: resourceUri('service', namespace, link.serviceId),
      ...(link.secrets && { secrets: true }),
    })),
    name: service.name,
    nickname: spec.displayName ?? service.name,
    public_dns: publicDns,
    resource_uri: self,
    running_num_containers: service.containers.filter((container) => running(container.state)).length,
    sequential_deployment: spec.sequential,
    stack: uriOrNull('stack', namespace, service.stackId),
    started_datetime: wireDateOrNull(service.startedAt),
    state: serviceStateNames[service.state],
    stopped_datetime: wireDateOrNull(service.stoppedAt),
    stopped_num_containers: service.containers.filter((container) => stopped(container.state)).length,
    synchronized: service.synchronized,
    tags: spec.placement.tags.map((name) => ({ name })),
    target_num_containers: spec.replicas,
    uuid: service.id,
    // Last: an object that begins with others and then grows costs eighty times as much to make.
    ...templateAttributes(spec.template),
    ...policyAttributes(spec),
  };
}

/**
 * The variables of the definition and those that the platform adds to every container, each with who it is of:
 * command lines that change one variable send back all that are `user`'s.
 */
function calculatedVariables(service: ServiceDetails, namespace: string, place: PlatformPlace) {
  const user = service.spec.template.environment.map(({ name, value }) => ({ key: name, value, origin: 'user' }));
  const own = new Set(user.map(({ key }) => key));
  const platform = toldOfService(service, namespace, place).filter(({ name }) => !own.has(name));
  return [...user, ...platform.map(({ name, value }) => ({ key: name, value, origin: 'tutum' }))];
}

/** A named volume of the project stands where a path of the host would: both are where the data comes from. */
const toBindings = (spec: ServiceSpec, namespace: string) => [
  ...spec.template.mounts.map((mount) => ({
    container_path: mount.target as string | null,
    host_path: mount.kind === 'host-path' ? mount.source : mount.volume,
    rewritable: !mount.readOnly,
    volumes_from: null as string | null,
  })),
  ...spec.volumesFrom.map((id) => ({
    container_path: null,
    host_path: null,
    rewritable: true,
    volumes_from: resourceUri('service', namespace, id),
  })),
];

/** A name addresses the service that bears it now; the list itself also has those that ended within the hour. */
export function readServiceFilter(query: Query): ServiceFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  const stackName = filters.text('stack__name');
  const stackId = filters.reference('stack', 'stack');
  const state = filters.oneOf('state', Object.keys(serviceStateOf) as (keyof typeof serviceStateOf)[]);
  filters.done();
  return {
    ...identity,
    ...(name === undefined ? {} : { name }),
    ...(stackName === undefined ? {} : { stackName }),
    ...(stackId === undefined ? {} : { stackId }),
    ...(state === undefined ? {} : { states: [serviceStateOf[state]] }),
    includeTerminated: name === undefined || state === 'Terminated',
    ...readPage(query),
  };
}
