import fc from 'fast-check';
import { containerStates, healthStates } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import { assignmentFromWire, assignmentToWire } from './assignment.translate.js';
import { Assignment, ContainerReport, Hello } from './generated/pierhead/agent/v1/agent.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import type { NodeAssignment, NodeHello, NodeReport } from './node-assignment.js';
import { helloFromWire, helloToWire, reportFromWire, reportToWire } from './report.translate.js';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const some = text.filter((value) => value !== '');
const count = fc.nat(2 ** 31 - 1);
const big = fc.nat(Number.MAX_SAFE_INTEGER);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const variables = fc.array(fc.record({ name: some, value: text }), { maxLength: 3 });
const texts = fc.array(text, { maxLength: 3 });
const protocol = fc.constantFrom('tcp' as const, 'udp' as const);
const timing = { intervalMs: count, timeoutMs: count, retries: count, startPeriodMs: count };
const port = fc.integer({ min: 1, max: 65535 });
// A key such as __proto__ is no label: a plain object cannot hold it.
const labels = fc
  .dictionary(some, text, { maxKeys: 3 })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([key]) => key !== '__proto__')));

const template: fc.Arbitrary<ContainerTemplate> = fc.record({
  image: text,
  entrypoint: orNull(texts),
  command: orNull(texts),
  environment: variables,
  labels,
  workingDir: orNull(text),
  user: orNull(text),
  hostname: orNull(text),
  domainname: orNull(text),
  macAddress: orNull(text),
  tty: fc.boolean(),
  stdinOpen: fc.boolean(),
  readOnlyRoot: fc.boolean(),
  privileged: fc.boolean(),
  capAdd: texts,
  capDrop: texts,
  devices: texts,
  extraHosts: texts,
  dns: texts,
  dnsSearch: texts,
  securityOpt: texts,
  networkMode: fc.constantFrom('bridge' as const, 'host' as const, 'none' as const),
  pidMode: fc.constantFrom('private' as const, 'host' as const),
  cgroupParent: orNull(text),
  ports: fc.array(
    fc.record({ containerPort: port, protocol, published: fc.boolean(), hostPort: orNull(port), name: orNull(text) }),
    { maxLength: 3 },
  ),
  mounts: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('volume' as const),
        volume: orNull(text),
        perInstance: fc.boolean(),
        target: text,
        readOnly: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('host-path' as const), source: text, target: text, readOnly: fc.boolean() }),
    ),
    { maxLength: 3 },
  ),
  resources: fc.record({
    milliCpu: orNull(count),
    cpuShares: orNull(count),
    cpuset: orNull(text),
    memoryBytes: orNull(big),
    memorySwapBytes: orNull(fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER })),
  }),
  healthCheck: orNull(
    fc.oneof(
      fc.record({ kind: fc.constant('command' as const), command: texts, ...timing }),
      fc.record({ kind: fc.constant('http' as const), port, path: text, acceptedCodes: fc.array(count), ...timing }),
      fc.record({ kind: fc.constant('tcp' as const), port, ...timing }),
    ),
  ),
  stopSignal: orNull(text),
  stopGraceMs: big,
  pullPolicy: fc.constantFrom('missing' as const, 'always' as const, 'never' as const),
  imageVolumes: fc.constantFrom('container' as const, 'instance' as const),
});

const share: fc.Arbitrary<ShareSource> = fc.record({
  ...{ shareId: some, nodeId: some, machine: orNull(some), address: text, port: count },
});
const assignment: fc.Arbitrary<NodeAssignment> = fc.record({
  containerId: some,
  generation: big,
  desired: fc.constantFrom('running' as const, 'stopped' as const, 'removed' as const),
  name: text,
  organizationId: text,
  projectId: text,
  serviceId: orNull(some),
  serviceName: orNull(some),
  ordinal: count,
  template: orNull(template),
  restart: fc.record({
    condition: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
    delayMs: big,
    maxDelayMs: big,
    maxAttempts: count,
    resetAfterMs: big,
  }),
  platformEnvironment: variables,
  credentials: orNull(fc.record({ server: text, username: text, password: text })),
  restartNonce: big,
  privateAddress: orNull(some),
  volumes: fc.array(
    fc.record({ target: text, volumeId: text, name: text, fence: big, options: labels, share: orNull(share) }),
    { maxLength: 3 },
  ),
  volumeSet: orNull(some),
  volumesFrom: texts,
});

const date = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
const report: fc.Arbitrary<NodeReport> = fc.record({
  sequence: big,
  containerId: some,
  generation: big,
  observed: fc.record({
    state: fc.constantFrom(...containerStates.filter((state) => state !== 'lost')),
    incarnation: count,
    health: fc.constantFrom(...healthStates),
    engineId: orNull(some),
    exitCode: orNull(fc.integer({ min: -1, max: 255 })),
    message: orNull(some),
    imageDigest: orNull(some),
    address: orNull(some),
    ports: fc.array(fc.record({ containerPort: port, protocol, hostAddress: text, hostPort: port }), { maxLength: 3 }),
    startedAt: orNull(date),
    finishedAt: orNull(date),
  }),
});

describe('the agent contract', () => {
  it('carries every field of an assignment through its bytes', () => {
    fc.assert(
      fc.property(assignment, (given) => {
        const bytes = Assignment.encode(assignmentToWire(given)).finish();
        expect(assignmentFromWire(Assignment.decode(bytes))).toEqual(given);
      }),
    );
  });

  it('carries every field of a report through its bytes', () => {
    fc.assert(
      fc.property(report, (given) => {
        const bytes = ContainerReport.encode(reportToWire(given)).finish();
        expect(reportFromWire(ContainerReport.decode(bytes))).toEqual(given);
      }),
    );
  });

  it('carries a hello through its bytes', () => {
    const capacity = fc.record({ milliCpu: count, memoryBytes: big, diskBytes: big, maxContainers: count });
    const hello: fc.Arbitrary<NodeHello> = fc.record({
      agentVersion: text,
      engineKind: text,
      engineVersion: text,
      capacity,
      labels,
      address: text,
      roles: fc.array(some, { maxLength: 3 }),
      overlay: fc.boolean(),
      underlayAddress: text,
      machine: text,
      nfsClient: fc.boolean(),
      storage: fc.option(fc.record({ port: count, totalBytes: big }), { nil: undefined }),
    });
    fc.assert(
      fc.property(hello, (given) => {
        expect(helloFromWire(Hello.decode(Hello.encode(helloToWire(given, 7)).finish()))).toEqual(given);
      }),
    );
  });
});
