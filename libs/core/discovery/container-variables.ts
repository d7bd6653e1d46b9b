import {
  endpoint,
  linkName,
  linkVariables,
  type LinkedPort,
  type Link,
  variablePrefix,
} from '#libs/control/discovery/link-variables.js';
import { linkedEnds, previousEnds } from '#libs/control/discovery/linked-ends.js';
import type { PlatformPlace, Variable } from '#libs/domain/discovery/naming.js';
import { namings } from '#libs/domain/discovery/namings.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type { LinkedTo } from '../container/container.repository.port.js';
import type { LinkedContainerRecord, Surroundings } from './discovery.repository.port.js';

type Named = Pick<ServiceSpec, 'naming' | 'links' | 'sequential'>;

/** Nothing else has to be read for a service whose containers are told nothing. */
export const isTold = (spec: Named): boolean => spec.naming !== 'plain' || spec.links.length > 0 || spec.sequential;

export interface ToldContainer {
  id: string;
  name: string;
  ordinal: number;
  nodeId: string;
}

export interface Told {
  environment: Variable[];
  links: LinkedTo[];
}

/** A service with the containers at the other end of a link to it. */
interface Target {
  id: string;
  name: string;
  stackName: string | null;
  spec: Pick<ServiceSpec, 'naming' | 'template'>;
}

/** What a new container is told: of itself, and of those it is linked to as they are now. */
export function tell(
  service: { id: string; name: string; spec: ServiceSpec; containers: readonly LinkedContainerRecord[] },
  container: ToldContainer,
  { namespace, stackName, linked }: Surroundings,
  place: PlatformPlace,
): Told {
  const { spec } = service;
  const told: Told = { environment: [], links: [] };
  const naming = namings[spec.naming];
  const everywhere = spec.placement.strategy === 'every-node';
  for (const { alias, serviceId, secrets } of spec.links) {
    const target = linked.find((one) => one.id === serviceId);
    if (!target) continue;
    const ends = linkedEnds(
      target.containers,
      container,
      everywhere && target.spec.placement.strategy === 'every-node',
    );
    addLink(told, alias, secrets, target, ends, namespace, place);
    told.environment.push(...naming.link(variablePrefix(alias), namespace, serviceId, place));
  }
  if (spec.sequential) {
    const target = { id: service.id, name: service.name, stackName, spec };
    addLink(told, service.name, false, target, previousEnds(service.containers, container), namespace, place);
  }
  const facts = { namespace, stackName, service, container, nodeId: container.nodeId };
  told.environment.push(...naming.identity(facts, place), ...accessOf(spec, place));
  return told;
}

const accessOf = ({ naming, roles }: Pick<ServiceSpec, 'naming' | 'roles'>, place: PlatformPlace): Variable[] =>
  roles.length ? namings[naming].access(place) : [];

type End = LinkedContainerRecord & { address: string };

function addLink(
  told: Told,
  alias: string,
  secrets: boolean,
  target: Target,
  ends: readonly End[],
  namespace: string,
  place: PlatformPlace,
): void {
  told.environment.push(...linkVariables(linkTo(alias, secrets, target, ends, namespace, place)));
  told.links.push(...ends.map((end) => linkedTo(alias, target, end)));
}

/** One end of a link, as clients are shown it. */
export const linkedTo = (alias: string, target: Target, end: End): LinkedTo => ({
  name: linkName(alias, end.ordinal),
  serviceId: target.id,
  containerId: end.id,
  endpoints: Object.fromEntries(
    portsOf(target).map((port) => [`${port.containerPort}/${port.protocol}`, endpoint(port, end.address)]),
  ),
});

const portsOf = ({ spec }: Target): LinkedPort[] => spec.template.ports;

function linkTo(
  alias: string,
  secrets: boolean,
  target: Target,
  ends: readonly End[],
  namespace: string,
  place: PlatformPlace,
): Link {
  const { id, name, stackName, spec } = target;
  return {
    alias,
    secrets,
    ports: portsOf(target),
    containers: ends.map((end) => ({
      id: end.id,
      ordinal: end.ordinal,
      address: end.address,
      environment: [
        ...spec.template.environment,
        ...(end.nodeId === null
          ? []
          : namings[spec.naming].identity(
              { namespace, stackName, service: { id, name }, container: end, nodeId: end.nodeId },
              place,
            )),
      ],
    })),
  };
}

/** What every container of the service is told by the platform, whichever it is and whoever runs at the time. */
export function toldOfService(
  service: {
    id: string;
    name: string;
    spec: Pick<ServiceSpec, 'naming' | 'links' | 'roles'>;
    stackName: string | null;
  },
  namespace: string,
  place: PlatformPlace,
): Variable[] {
  const naming = namings[service.spec.naming];
  const links = service.spec.links.flatMap(({ alias, serviceId }) =>
    naming.link(variablePrefix(alias), namespace, serviceId, place),
  );
  const own = naming.service({ namespace, stackName: service.stackName, service }, place);
  return [...links, ...own, ...accessOf(service.spec, place)];
}

/** What a container would be told that links to this service under its own name, without asking for secrets. */
export function toldOf(
  target: Target,
  containers: readonly LinkedContainerRecord[],
  namespace: string,
  place: PlatformPlace,
): Variable[] {
  const ends = linkedEnds(containers, { ordinal: 0, nodeId: '' }, false);
  return linkVariables(linkTo(target.name, false, target, ends, namespace, place));
}
