export interface Variable {
  name: string;
  value: string;
}

/** Where the platform can be reached; the same for every tenant. */
export interface PlatformPlace {
  /** Under which public names stand, e.g. `pierhead.local`. */
  domain: string;
  /** What addresses of the API begin with, without a slash at the end; null when nobody said so. */
  publicUrl: string | null;
}

/** What is true of a container from the moment it has a node. */
export interface ContainerFacts {
  namespace: string;
  stackName: string | null;
  service: { id: string; name: string };
  container: { id: string; name: string };
  nodeId: string;
}

/** What is true of a service, and so of each of its containers. */
export type ServiceFacts = Pick<ContainerFacts, 'namespace' | 'stackName' | 'service'>;

/** How facts are called in the environment of containers. Pure: the same facts give the same variables. */
export interface Naming {
  /** What every container of a service is told of it. */
  service(facts: ServiceFacts, place: PlatformPlace): Variable[];
  /** What a container is told of itself, and of its service. */
  identity(facts: ContainerFacts, place: PlatformPlace): Variable[];
  /** What a link adds to Docker's own variables; `prefix` is the link's name as variables begin with it. */
  link(prefix: string, namespace: string, serviceId: string, place: PlatformPlace): Variable[];
  /** Where clients find the API that a role lets them use. */
  access(place: PlatformPlace): Variable[];
  /** The value of an `Authorization` header, for a service that was given a role. */
  authorization(header: string): Variable;
}
