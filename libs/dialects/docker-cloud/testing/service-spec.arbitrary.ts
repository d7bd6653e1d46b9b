import fc from 'fast-check';
import { serviceSpec, type ServiceSpec } from '#libs/domain/service/spec.js';
import { rolloutOf } from '../service/service-input.translate.js';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const some = <T>(item: fc.Arbitrary<T>, most = 3) => fc.array(item, { maxLength: most });
const maybe = <T>(item: fc.Arbitrary<T>) => fc.option(item, { nil: null });
const megabytes = fc.integer({ min: 4, max: 4_096 }).map((mb) => mb * 1024 * 1024);

const port = fc
  .record({
    containerPort: fc.integer({ min: 1, max: 65_535 }),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    published: fc.boolean(),
    hostPort: maybe(fc.integer({ min: 1, max: 65_535 })),
  })
  .map((each) => ({ ...each, hostPort: each.published ? each.hostPort : null, name: null }));

const path = word.map((name) => `/${name}`);
const mount = fc.oneof(
  fc
    .record({ kind: fc.constant('volume' as const), volume: maybe(word), target: path, readOnly: fc.boolean() })
    .map((each) => ({ ...each, perInstance: each.volume === null })),
  fc.record({ kind: fc.constant('host-path' as const), source: path, target: path, readOnly: fc.boolean() }),
);

/** Definitions that this API can express whole. For tests. */
export const anySpec: fc.Arbitrary<ServiceSpec> = fc
  .record({
    name: word,
    displayName: maybe(word),
    replicas: fc.integer({ min: 0, max: 20 }),
    sequential: fc.boolean(),
    autoredeploy: fc.boolean(),
    condition: fc.constantFrom('never', 'on-failure', 'always'),
    autodestroy: fc.constantFrom('never', 'on-success', 'always'),
    strategy: fc.constantFrom('emptiest-node', 'high-availability', 'every-node'),
    tags: some(word),
    roles: fc.constantFrom([], ['global']),
    links: some(fc.record({ alias: word, serviceId: fc.uuid({ version: 4 }), secrets: fc.boolean() })),
    volumesFrom: some(fc.uuid({ version: 4 }), 2),
    template: fc.record({
      image: word.map((name) => `registry.example:5000/team/${name}:1.0`),
      entrypoint: maybe(fc.array(fc.string(), { minLength: 1, maxLength: 3 })),
      command: maybe(fc.array(fc.string(), { minLength: 1, maxLength: 3 })),
      environment: fc.uniqueArray(fc.record({ name: word, value: fc.string() }), {
        maxLength: 3,
        selector: ({ name }) => name,
      }),
      labels: fc.dictionary(word, fc.string(), { maxKeys: 3, noNullPrototype: true }),
      ports: fc.uniqueArray(port, { maxLength: 3, selector: (each) => each.hostPort ?? -each.containerPort }),
      mounts: fc.uniqueArray(mount, { maxLength: 3, selector: (each) => each.target }),
      imageVolumes: fc.constant('instance' as const),
      workingDir: maybe(path),
      user: maybe(word),
      hostname: maybe(word),
      domainname: maybe(word),
      tty: fc.boolean(),
      stdinOpen: fc.boolean(),
      readOnlyRoot: fc.boolean(),
      privileged: fc.boolean(),
      macAddress: maybe(fc.constant('02:42:ac:11:65:43')),
      cgroupParent: maybe(word),
      capAdd: some(word),
      capDrop: some(word),
      securityOpt: some(word),
      dnsSearch: some(word),
      devices: some(path),
      extraHosts: some(word),
      dns: some(word),
      networkMode: fc.constantFrom('bridge', 'host'),
      pidMode: fc.constantFrom('private', 'host'),
      resources: fc.record({
        cpuShares: maybe(fc.integer({ min: 2, max: 4_096 })),
        cpuset: fc.constantFrom(null, '0', '0,1', '0-3'),
        memoryBytes: maybe(megabytes),
        memorySwapBytes: fc.constantFrom(null, -1, 8 * 1024 ** 3),
      }),
    }),
  })
  .map(({ condition, strategy, tags, ...rest }) => ({
    ...rest,
    autodestroy: condition === 'always' ? 'never' : rest.autodestroy,
    restart: { condition },
    placement: { strategy, tags },
    rollout: rolloutOf(rest.sequential),
    naming: 'docker-cloud',
  }))
  .map((input) => serviceSpec.parse(input));
