/**
 * What the documents show of each resource: attributes with the types of their example values. `null` in an example
 * means that the attribute may be null; `a?` that it may be null besides.
 */
export type Fact = 'string' | 'number' | 'boolean' | 'list' | 'object' | 'null';

export interface ResourceFacts {
  attributes: Record<string, readonly Fact[]>;
  /** Attributes of older examples that are not shown here, each with the reason. */
  absent: Record<string, string>;
}

const text = ['string'] as const;
const maybeText = ['string', 'null'] as const;
const number = ['number'] as const;
const maybeNumber = ['number', 'null'] as const;
const flag = ['boolean'] as const;
const list = ['list'] as const;
const object = ['object'] as const;

const run = {
  autodestroy: text,
  autorestart: text,
  bindings: list,
  cap_add: list,
  cap_drop: list,
  cgroup_parent: maybeText,
  container_envvars: list,
  container_ports: list,
  cpu_shares: maybeNumber,
  cpuset: maybeText,
  deployed_datetime: maybeText,
  destroyed_datetime: maybeText,
  devices: list,
  dns: list,
  dns_search: list,
  domainname: maybeText,
  entrypoint: maybeText,
  extra_hosts: list,
  hostname: maybeText,
  image_name: text,
  labels: object,
  link_variables: object,
  mac_address: maybeText,
  memory: maybeNumber,
  memory_swap: maybeNumber,
  name: text,
  net: text,
  privileged: flag,
  public_dns: text,
  read_only: flag,
  resource_uri: text,
  roles: list,
  run_command: maybeText,
  security_opt: list,
  started_datetime: maybeText,
  state: text,
  stdin_open: flag,
  stopped_datetime: maybeText,
  synchronized: flag,
  tty: flag,
  user: maybeText,
  uuid: text,
  working_dir: maybeText,
} satisfies ResourceFacts['attributes'];

const imageAddress = 'images have no addresses in this version of the API';

export const facts = {
  stack: {
    attributes: {
      deployed_datetime: maybeText,
      destroyed_datetime: maybeText,
      name: text,
      nickname: text,
      resource_uri: text,
      services: list,
      state: text,
      synchronized: flag,
      uuid: text,
    },
    absent: {},
  },
  service: {
    attributes: {
      ...run,
      autoredeploy: flag,
      containers: list,
      current_num_containers: number,
      deployment_strategy: text,
      linked_from_service: list,
      linked_to_service: list,
      nickname: text,
      pid: text,
      running_num_containers: number,
      sequential_deployment: flag,
      stack: maybeText,
      stopped_num_containers: number,
      tags: list,
      target_num_containers: number,
    },
    absent: { image_tag: imageAddress },
  },
  container: {
    attributes: {
      ...run,
      docker_id: maybeText,
      exit_code: maybeNumber,
      exit_code_msg: maybeText,
      linked_to_container: list,
      node: maybeText,
      pid: text,
      private_ip: maybeText,
      service: maybeText,
    },
    absent: { image_tag: imageAddress, layer: imageAddress },
  },
  node: {
    attributes: {
      availability_zone: maybeText,
      cpu: number,
      current_num_containers: number,
      deployed_datetime: maybeText,
      destroyed_datetime: maybeText,
      disk: number,
      docker_execdriver: text,
      docker_graphdriver: text,
      docker_version: text,
      external_fqdn: text,
      last_seen: maybeText,
      memory: number,
      nickname: text,
      node_cluster: maybeText,
      node_type: maybeText,
      public_ip: maybeText,
      region: maybeText,
      resource_uri: text,
      state: text,
      tags: list,
      tunnel: maybeText,
      uuid: text,
    },
    absent: {},
  },
  nodecluster: {
    attributes: {
      current_num_nodes: number,
      deployed_datetime: maybeText,
      destroyed_datetime: maybeText,
      disk: number,
      name: text,
      nickname: text,
      node_type: maybeText,
      nodes: list,
      provider_options: object,
      region: maybeText,
      resource_uri: text,
      state: text,
      tags: list,
      target_num_nodes: number,
      uuid: text,
    },
    absent: {},
  },
  trigger: {
    attributes: { name: text, operation: text, resource_uri: text, url: text },
    absent: {},
  },
  repository: {
    attributes: { in_use: flag, name: text, registry: text, resource_uri: text },
    absent: {},
  },
  registry: {
    attributes: {
      host: text,
      is_docker_registry: flag,
      is_ssl: flag,
      name: text,
      port: number,
      resource_uri: text,
    },
    absent: { icon_url: 'there are no pictures', is_tutum_registry: 'it is called is_docker_registry now' },
  },
  provider: {
    attributes: { available: flag, label: text, name: text, regions: list, resource_uri: text },
    absent: {},
  },
  region: {
    attributes: {
      availability_zones: list,
      available: flag,
      label: text,
      name: text,
      node_types: list,
      provider: text,
      resource_uri: text,
    },
    absent: {},
  },
  nodetype: {
    attributes: {
      availability_zones: list,
      available: flag,
      label: text,
      name: text,
      provider: text,
      regions: list,
      resource_uri: text,
    },
    absent: {},
  },
  az: { attributes: { available: flag, name: text, region: text, resource_uri: text }, absent: {} },
  tag: { attributes: { name: text, origin: text }, absent: {} },
  action: {
    attributes: {
      action: text,
      can_be_canceled: flag,
      can_be_retried: flag,
      end_date: maybeText,
      ip: text,
      is_user_action: flag,
      location: text,
      method: text,
      object: text,
      path: text,
      resource_uri: text,
      start_date: text,
      state: text,
      user: text,
      user_agent: text,
      uuid: text,
    },
    absent: { body: 'bodies can hold secrets and are not kept', logs: 'they are a stream' },
  },
} satisfies Record<string, ResourceFacts>;

/** Attributes that clients read and no document shows. */
export const beyond: Partial<Record<keyof typeof facts, readonly string[]>> = {
  service: ['calculated_envvars', 'image'],
  container: ['image'],
  trigger: ['last_called_datetime', 'uuid'],
};

const port = {
  endpoint_uri: maybeText,
  inner_port: number,
  outer_port: maybeNumber,
  port_name: text,
  protocol: text,
  published: flag,
};
const variable = { key: text, value: text };
const mount = { container_path: maybeText, host_path: maybeText, rewritable: flag };
const link = { from_service: text, name: text, to_service: text };

/** What the documents show of the objects in a resource's lists. */
export const parts: Partial<Record<keyof typeof facts, Record<string, Record<string, readonly Fact[]>>>> = {
  service: {
    bindings: { ...mount, volumes_from: maybeText },
    container_envvars: variable,
    container_ports: port,
    linked_from_service: link,
    linked_to_service: link,
    tags: { name: text },
  },
  container: {
    bindings: { ...mount, volume: maybeText },
    container_envvars: variable,
    container_ports: { ...port, uri_protocol: text },
    linked_to_container: { endpoints: object, from_container: text, name: text, to_container: text },
  },
  node: { tags: { name: text } },
  nodecluster: { tags: { name: text } },
};

export function typeOf(value: unknown): Fact {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value as Fact;
}
