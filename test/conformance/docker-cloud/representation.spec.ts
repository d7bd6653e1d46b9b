import { Cloud, type Tenant } from './support/cloud.js';
import { beyond, facts, parts, typeOf, type Fact } from './support/facts.js';

type Body = Record<string, unknown>;
type Resource = keyof typeof facts;

const full = {
  image: 'wordpress:4',
  name: 'full',
  container_ports: [
    { protocol: 'tcp', inner_port: 80, outer_port: 8081 },
    { protocol: 'udp', inner_port: 53 },
  ],
  container_envvars: [{ key: 'DB_PASS', value: 'test' }],
  bindings: [{ container_path: '/tmp' }, { host_path: 'data', container_path: '/data', rewritable: false }],
  tags: [{ name: 'tag-one' }],
  run_command: '/run-wordpress.sh --fast',
  entrypoint: '/bin/sh -c',
  working_dir: '/app',
  user: 'root',
  hostname: 'host',
  domainname: 'example.com',
  mac_address: '02:42:ac:11:65:43',
  cpu_shares: 100,
  cpuset: '0,1',
  memory: 2048,
  memory_swap: 8192,
  dns: ['8.8.8.8'],
  dns_search: ['example.com'],
  cap_drop: ['NET_ADMIN'],
  extra_hosts: ['onehost:50.31.209.229'],
  labels: { 'com.example.department': 'Finance' },
  autorestart: 'ON_FAILURE',
  read_only: true,
  nickname: 'the full one',
};
const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/;

describe('what the Docker Cloud API shows', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  const shown = {} as Record<Resource, Body[]>;

  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('shown');
    await cloud.plane.node({ tags: ['tag-one'], organizationId: tenant.organizationId });
    const kept = await cloud.plane.node();
    await cloud.plane.owner.query(`UPDATE node SET claimable = true, labels = '{"zone": "a"}' WHERE id = $1`, [
      kept.id,
    ]);
    const call = async (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
    const get = async (path: string) => (await call('GET', path)).body;
    const objects = async (path: string) => (await get(path))['objects'] as Body[];
    await call('POST', '/api/infra/v1/nodecluster/', {
      name: 'racks',
      tags: [{ name: 'rack' }],
      node_type: '/api/infra/v1/nodetype/byon/byon/',
    });
    await call('POST', '/api/app/v1/service/', { image: 'redis' });
    const stack = await call('POST', '/api/app/v1/stack/', {
      name: 'blog',
      services: [full, { name: 'user', image: 'x', linked_to_service: [{ to_service: 'full', name: 'blog' }] }],
    });
    const services = stack.body['services'] as string[];
    await call('POST', `${services[0] ?? ''}start/`);
    await cloud.plane.settle();
    // Nodes tell the address by which what is linked is told of.
    const [started] = cloud.plane.nodes.flatMap((node) =>
      [...node.held.values()].map(({ assignment }) => ({ node, assignment })),
    );
    await started?.node.change(started.assignment.containerId, { address: '10.64.0.7' });
    await call('POST', `${services[1] ?? ''}start/`);
    await cloud.plane.settle();
    shown.service = await objects('/api/app/v1/service/');
    shown.stack = await objects('/api/app/v1/stack/');
    shown.container = await objects('/api/app/v1/container/');
    shown.node = await objects('/api/infra/v1/node/');
    shown.nodecluster = await objects('/api/infra/v1/nodecluster/');
    await call('POST', `${services[0] ?? ''}trigger/`, {});
    shown.trigger = await objects(`${services[0] ?? ''}trigger/`);
    await call('POST', '/api/repo/v1/repository/', { name: 'r.example/a' });
    shown.repository = await objects('/api/repo/v1/repository/');
    shown.registry = await objects('/api/repo/v1/registry/');
    shown.provider = await objects('/api/infra/v1/provider/');
    shown.region = await objects('/api/infra/v1/region/');
    shown.nodetype = await objects('/api/infra/v1/nodetype/');
    shown.az = await objects('/api/infra/v1/az/');
    shown.tag = await objects('/api/infra/v1/tag/');
    shown.action = await objects('/api/audit/v1/action/');
  });
  afterAll(() => cloud.close());

  it.each(Object.keys(facts) as Resource[])(
    'of a %s has the documented attributes and types, and no others',
    (resource) => {
      const { attributes, absent } = facts[resource];
      expect(shown[resource].length).toBeGreaterThan(0);
      for (const object of shown[resource]) {
        const extra = beyond[resource] ?? [];
        expect(
          Object.keys(object)
            .filter((name) => !extra.includes(name))
            .sort(),
        ).toEqual(Object.keys(attributes).sort());
        for (const [name, types] of Object.entries(attributes) as [string, readonly Fact[]][]) {
          expect([name, types]).toEqual([name, expect.arrayContaining([typeOf(object[name])])]);
        }
        for (const name of Object.keys(absent)) expect(object).not.toHaveProperty(name);
      }
    },
  );

  it.each(Object.keys(parts) as Resource[])('of a %s has lists of the documented objects', (resource) => {
    for (const [list, attributes] of Object.entries(parts[resource] ?? {})) {
      const all = shown[resource].flatMap((each) => each[list] as Body[]);
      expect([list, all.length]).not.toEqual([list, 0]);
      for (const object of all) {
        expect([list, Object.keys(object).sort()]).toEqual([list, Object.keys(attributes).sort()]);
        for (const [name, types] of Object.entries(attributes)) {
          expect([list, name, types]).toEqual([list, name, expect.arrayContaining([typeOf(object[name])])]);
        }
      }
    }
  });

  const addressed = (Object.keys(facts) as Resource[]).filter((each) => 'resource_uri' in facts[each].attributes);
  it.each(addressed)('of a %s has addresses that answer with the same', async (resource) => {
    for (const object of shown[resource]) {
      const again = await cloud.call(tenant, 'GET', object['resource_uri'] as string);
      expect([again.status, again.body['uuid']]).toEqual([200, object['uuid']]);
    }
  });

  it('has dates that clients can read', () => {
    const dates = Object.values(shown)
      .flat()
      .flatMap((object) => Object.entries(object))
      .filter(([name, value]) => /(?:_datetime|_date|last_seen)$/.test(name) && value !== null);
    expect(dates.length).toBeGreaterThan(10);
    for (const [, value] of dates) expect(value).toMatch(date);
  });

  it('of a service that says nothing but its image is the documented defaults', () => {
    const service = shown.service.find((each) => each['name'] === 'redis') ?? {};
    expect(service).toMatchObject({
      ...{ name: 'redis', nickname: 'redis', image_name: 'redis:latest', target_num_containers: 1, stack: null },
      ...{ container_ports: [], container_envvars: [], linked_to_service: [], bindings: [], roles: [], tags: [] },
      ...{ autorestart: 'OFF', autodestroy: 'OFF', autoredeploy: false, sequential_deployment: false },
      ...{ privileged: false, read_only: false, tty: false, stdin_open: false, net: 'bridge', pid: 'none' },
      ...{ deployment_strategy: 'EMPTIEST_NODE', labels: {}, dns: [], dns_search: [], cap_add: [], cap_drop: [] },
      ...{ devices: [], extra_hosts: [], security_opt: [], cpu_shares: null, cpuset: null, memory: null },
      // What the image says is left to it.
      ...{ memory_swap: null, run_command: null, entrypoint: null, working_dir: null, user: null, hostname: null },
      ...{ domainname: null, mac_address: null, cgroup_parent: null, state: 'Not running', synchronized: true },
    });
  });

  it('of a service is what was written', () => {
    const service = shown.service.find((each) => each['name'] === 'full') ?? {};
    const { container_ports: _ports, bindings: _bindings, image: _image, ...rest } = full;
    expect(service).toMatchObject(rest);
    expect(service['image_name']).toBe('wordpress:4');
    const ports = service['container_ports'] as Body[];
    expect(ports[0]).toEqual({
      endpoint_uri: `http://${String(service['public_dns'])}:8081/`,
      inner_port: 80,
      outer_port: 8081,
      port_name: 'http',
      protocol: 'tcp',
      published: true,
    });
    expect(ports[1]).toMatchObject({ endpoint_uri: null, outer_port: null, published: false, port_name: 'dns' });
    expect(service['bindings']).toEqual([
      { host_path: null, container_path: '/tmp', rewritable: true, volumes_from: null },
      { host_path: 'data', container_path: '/data', rewritable: false, volumes_from: null },
    ]);
    expect(service['linked_from_service']).toEqual([
      { name: 'blog', from_service: expect.any(String), to_service: service['resource_uri'] },
    ]);
  });

  it('of a container has the ports of its node', () => {
    const [container] = shown.container;
    expect((container?.['container_ports'] as Body[])[0]).toEqual({
      endpoint_uri: 'http://127.0.0.1:8081/',
      inner_port: 80,
      outer_port: 8081,
      port_name: 'http',
      protocol: 'tcp',
      published: true,
      uri_protocol: 'http',
    });
  });

  it('of lists has the envelope of the documents', async () => {
    const { body } = await cloud.call(tenant, 'GET', '/api/app/v1/service/');
    expect(Object.keys(body)).toEqual(['meta', 'objects']);
    expect(body['meta']).toEqual({ limit: 25, next: null, offset: 0, previous: null, total_count: 3 });
  });
});
