import type { ContainerFacts, Naming, PlatformPlace, ServiceFacts, Variable } from './naming.js';

const publicName = (kind: 'svc' | 'cont', name: string, stackName: string | null, id: string, domain: string): string =>
  [name, stackName, id.slice(0, 8), kind, domain].filter(Boolean).join('.');

/** Where a service can be reached by name: `service[.stack].short-id.svc.domain`. */
export const serviceDomain = (
  service: { id: string; name: string; stackName: string | null },
  domain: string,
): string => publicName('svc', service.name, service.stackName, service.id, domain);

/** Where a container can be reached by name: `container[.stack].short-id.cont.domain`. */
export const containerDomain = (
  container: { id: string; name: string; stackName: string | null },
  domain: string,
): string => publicName('cont', container.name, container.stackName, container.id, domain);

export const nodeDomain = (nodeId: string, domain: string): string => `${nodeId.slice(0, 8)}.node.${domain}`;

const path = (subsystem: 'app' | 'infra', namespace: string, resource: string, id: string): string =>
  `/api/${subsystem}/v1/${namespace}/${resource}/${id}/`;

const address = (prefix: string, uri: string, place: PlatformPlace): Variable[] => [
  { name: `${prefix}_API_URI`, value: uri },
  ...url(`${prefix}_API_URL`, uri, place),
];

/** Left out where nobody said what addresses begin with: half an address helps nobody. */
const url = (name: string, uri: string, place: PlatformPlace): Variable[] =>
  place.publicUrl === null ? [] : [{ name, value: `${place.publicUrl}${uri}` }];

const ofService = ({ namespace, stackName, service }: ServiceFacts, place: PlatformPlace): Variable[] => [
  ...address('DOCKERCLOUD_SERVICE', path('app', namespace, 'service', service.id), place),
  { name: 'DOCKERCLOUD_SERVICE_FQDN', value: serviceDomain({ ...service, stackName }, place.domain) },
  { name: 'DOCKERCLOUD_SERVICE_HOSTNAME', value: service.name },
  ...(stackName === null ? [] : [{ name: 'DOCKERCLOUD_STACK_NAME', value: stackName }]),
];

/** Source: guides/apps-service-links, "Docker Cloud specific environment variables"; the addresses name their namespace. */
export const dockerCloudNaming: Naming = {
  service: ofService,
  identity(facts: ContainerFacts, place: PlatformPlace): Variable[] {
    const { namespace, stackName, container, nodeId } = facts;
    return [
      ...ofService(facts, place),
      ...address('DOCKERCLOUD_CONTAINER', path('app', namespace, 'container', container.id), place),
      ...address('DOCKERCLOUD_NODE', path('infra', namespace, 'node', nodeId), place),
      { name: 'DOCKERCLOUD_CONTAINER_FQDN', value: containerDomain({ ...container, stackName }, place.domain) },
      { name: 'DOCKERCLOUD_CONTAINER_HOSTNAME', value: container.name },
      { name: 'DOCKERCLOUD_NODE_FQDN', value: nodeDomain(nodeId, place.domain) },
      { name: 'DOCKERCLOUD_NODE_HOSTNAME', value: nodeId },
    ];
  },
  link: (prefix, namespace, serviceId, place) =>
    url(`${prefix}_DOCKERCLOUD_API_URL`, path('app', namespace, 'service', serviceId), place),
  /** SDKs ask at Docker's own address unless told otherwise. */
  access: ({ publicUrl }) =>
    publicUrl === null
      ? []
      : [
          { name: 'DOCKERCLOUD_REST_HOST', value: publicUrl },
          { name: 'DOCKERCLOUD_STREAM_HOST', value: publicUrl.replace(/^http/, 'ws') },
        ],
  authorization: (value) => ({ name: 'DOCKERCLOUD_AUTH', value }),
};
