import type { ContainerDetails, ContainerFilter } from '#libs/core/container/container.repository.port.js';
import { toldOf } from '#libs/core/discovery/container-variables.js';
import { containerDomain } from '#libs/domain/discovery/docker-cloud.naming.js';
import type { PlatformPlace } from '#libs/domain/discovery/naming.js';
import { containerTemplate, type ContainerTemplate } from '#libs/domain/container/template.js';
import { restartPolicy } from '#libs/domain/service/spec.js';
import { templateAttributes } from '../service/template.translate.js';
import { policyAttributes } from '../service/service.translate.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { portName, uriProtocol } from '../wire/port-name.translate.js';
import { linkVariables } from '../wire/link-variables.translate.js';
import { resourceUri, uriOrNull } from '../wire/resource-uri.translate.js';
import { containersIn, containerStateName, containerStateNames } from './container.states.js';

/** Stands in for the definition of a container whose revision is gone. */
const nothing = containerTemplate.parse({ image: 'unknown' });
const never = restartPolicy.parse({});

export function toContainer(container: ContainerDetails, namespace: string, place: PlatformPlace) {
  const template = container.spec?.template ?? container.template ?? nothing;
  const { observed } = container;
  const state = containerStateName(container);
  return {
    bindings: template.mounts.map((mount) => ({
      container_path: mount.target,
      host_path: mount.kind === 'host-path' ? mount.source : mount.volume,
      rewritable: !mount.readOnly,
      volume: null,
    })),
    container_ports: toPorts(container, template),
    deployed_datetime: wireDateOrNull(container.createdAt),
    destroyed_datetime: wireDateOrNull(container.removedAt),
    docker_id: observed.engineId,
    exit_code: observed.exitCode,
    exit_code_msg: state === 'Stopped' ? observed.message : null,
    link_variables: toLinkVariables(container, namespace, place),
    linked_to_container: container.links.map((link) => ({
      endpoints: link.endpoints,
      from_container: resourceUri('container', namespace, container.id),
      name: link.name,
      to_container: resourceUri('container', namespace, link.containerId),
    })),
    name: container.name,
    node: uriOrNull('node', namespace, container.nodeId),
    private_ip: observed.address,
    public_dns: containerDomain(container, place.domain),
    resource_uri: resourceUri('container', namespace, container.id),
    service: uriOrNull('service', namespace, container.serviceId),
    started_datetime: wireDateOrNull(observed.startedAt),
    state,
    stopped_datetime: state === 'Stopped' ? wireDateOrNull(observed.finishedAt) : null,
    synchronized: container.observedGeneration >= container.generation,
    uuid: container.id,
    // Last: an object that begins with others and then grows costs eighty times as much to make.
    ...templateAttributes(template),
    ...policyAttributes({
      restart: container.spec?.restart ?? container.restart ?? never,
      autodestroy: container.spec?.autodestroy ?? 'never',
      roles: container.spec?.roles ?? [],
    }),
    container_envvars: variables(template, container.environment),
  };
}

/** What a container would be told that is linked to this one alone. */
function toLinkVariables(container: ContainerDetails, namespace: string, place: PlatformPlace) {
  const { serviceId: id, serviceName: name, stackName, spec } = container;
  if (id === null || name === null || spec === null) return {};
  const { address, state } = container.observed;
  const end = { ...container, address, state };
  return linkVariables(toldOf({ id, name, stackName, spec }, [end], namespace, place));
}

/** The user's variables win over the platform's of the same name. */
function variables(template: ContainerTemplate, platform: { name: string; value: string }[]) {
  const all = new Map([...platform, ...template.environment].map(({ name, value }) => [name, value]));
  return [...all].map(([key, value]) => ({ key, value }));
}

/** A port that the engine chose is known once the container runs; its address is the node's. */
function toPorts(container: ContainerDetails, template: ContainerTemplate) {
  return template.ports.map((port) => {
    const bound = container.observed.ports.find(
      (each) => each.containerPort === port.containerPort && each.protocol === port.protocol,
    );
    const outer = port.published ? (bound?.hostPort ?? port.hostPort) : null;
    const protocol = uriProtocol(port);
    return {
      endpoint_uri:
        outer && bound && container.nodeAddress ? `${protocol}://${host(container.nodeAddress)}:${outer}/` : null,
      inner_port: port.containerPort,
      outer_port: outer,
      port_name: port.name ?? portName(port.containerPort),
      protocol: port.protocol,
      published: port.published,
      uri_protocol: protocol,
    };
  });
}

const host = (address: string): string =>
  address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;

/** A name addresses the container that bears it now; the list itself also has those that ended within the hour. */
export function readContainerFilter(query: Query): ContainerFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  const serviceName = filters.text('service__name');
  const stackName = filters.text('service__stack__name');
  const serviceId = filters.reference('service', 'service');
  const nodeId = filters.reference('node', 'node');
  const state = filters.oneOf('state', containerStateNames);
  filters.done();
  return {
    ...identity,
    ...(name === undefined ? {} : { name }),
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(stackName === undefined ? {} : { stackName }),
    ...(serviceId === undefined ? {} : { serviceId }),
    ...(nodeId === undefined ? {} : { nodeId }),
    includeRemoved: name === undefined,
    ...(state === undefined ? {} : { includeRemoved: false, ...containersIn[state] }),
    ...readPage(query),
  };
}
