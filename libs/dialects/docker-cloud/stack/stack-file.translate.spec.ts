import { takeService } from '#libs/core/service/service-intake.js';
import { newServiceInput } from '../service/service-input.translate.js';
import { toStackFile } from './stack-file-export.translate.js';
import { fromStackFile } from './stack-file.translate.js';
import { stackServiceWire } from './stack-file.wire.js';

const at = (field: string) => `services.0.${field}`;
const read = (service: object) =>
  newServiceInput(fromStackFile(stackServiceWire.parse({ name: 'web', image: 'nginx', ...service }), at), at);

/** Every key of the reference, with a value that is not its default. */
const everyKey = {
  image: 'registry.example/team/web:1',
  autodestroy: 'on-success',
  autoredeploy: true,
  cap_add: ['ALL'],
  cap_drop: ['NET_ADMIN', 'SYS_ADMIN'],
  cgroup_parent: 'm-executor-abcd',
  command: 'serve --fast',
  cpu_shares: 512,
  cpuset: '0,1',
  deployment_strategy: 'high_availability',
  devices: ['/dev/ttyUSB0:/dev/ttyUSB0'],
  dns: ['8.8.8.8', '9.9.9.9'],
  dns_search: ['dc1.example.com'],
  domainname: 'foo.com',
  entrypoint: '/app/entrypoint.sh',
  environment: ['PASSWORD=my_password'],
  expose: ['90/udp'],
  extra_hosts: ['somehost:162.242.195.82'],
  hostname: 'foo',
  labels: { 'com.example.department': 'Finance' },
  links: ['redis:cache'],
  mac_address: '02:42:ac:11:65:43',
  mem_limit: '100m',
  memswap_limit: '200m',
  net: 'host',
  pid: 'host',
  ports: ['49022:22', '500/udp'],
  privileged: true,
  read_only: true,
  restart: 'on-failure',
  roles: ['global'],
  security_opt: ['label:user:USER'],
  sequential_deployment: true,
  stdin_open: true,
  tags: ['staging'],
  target_num_containers: 3,
  tty: true,
  user: 'root',
  volumes: ['/etc/mysql', '/etc:/etc:ro'],
  volumes_from: ['database'],
  working_dir: '/app',
};

describe('the keys of a stack file', () => {
  it('are all read, and written again as they were', () => {
    const ids = { redis: '2f4f54e5-9d3b-4ac1-85ad-a2d4ff25a179', database: '72f175bd-390b-46e3-9463-830aca32ce3e' };
    const spec = takeService(read(everyKey), (name) => ids[name as keyof typeof ids]);
    const nameOf = (id: string) => Object.entries(ids).find(([, each]) => each === id)?.[0] ?? id;
    expect(toStackFile(spec, nameOf)).toEqual(everyKey);
  });

  it.each(['build', 'external_links', 'env_file'])('%s is refused by its name, as the reference does', (key) => {
    const refused = stackServiceWire.safeParse({ name: 'web', image: 'nginx', [key]: ['x'] });
    expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [key] }]);
  });

  it('become the attributes of a service', () => {
    const input = read({
      autodestroy: 'on-success',
      command: `echo 'Hello World!'`,
      deployment_strategy: 'high_availability',
      dns: '8.8.8.8',
      environment: { PASSWORD: 'secret', PORT: 80, EMPTY: null },
      expose: ['80', '90/udp'],
      labels: ['com.example.a=b', 'com.example.empty'],
      links: ['mysql', 'redis:cache', 'amqp.staging:amqp:secrets'],
      mem_limit: '512m',
      memswap_limit: -1,
      ports: [443, '4500:4500/udp', '49022:22'],
      restart: 'on-failure',
      roles: ['global'],
      tags: ['staging', 'web'],
      target_num_containers: 3,
      volumes: ['/var/lib', '/sys:/sys', '/etc:/etc:ro', 'data:/data'],
      volumes_from: ['mongodb.staging'],
      cpuset: '0,1',
      cpu_shares: '512',
    });
    expect(input).toMatchObject({
      autodestroy: 'on-success',
      replicas: 3,
      placement: { strategy: 'high-availability', tags: ['staging', 'web'] },
      restart: { condition: 'on-failure' },
      roles: ['global'],
      links: [
        { alias: 'mysql', service: 'mysql', secrets: false },
        { alias: 'cache', service: 'redis', secrets: false },
        { alias: 'amqp', service: 'amqp.staging', secrets: true },
      ],
      volumesFrom: ['mongodb.staging'],
      template: {
        image: 'nginx:latest',
        command: ['echo', 'Hello World!'],
        dns: ['8.8.8.8'],
        environment: [
          { name: 'PASSWORD', value: 'secret' },
          { name: 'PORT', value: '80' },
          { name: 'EMPTY', value: '' },
        ],
        labels: { 'com.example.a': 'b', 'com.example.empty': '' },
        ports: [
          { containerPort: 443, protocol: 'tcp', published: true, hostPort: null },
          { containerPort: 4500, protocol: 'udp', published: true, hostPort: 4500 },
          { containerPort: 22, protocol: 'tcp', published: true, hostPort: 49022 },
          { containerPort: 80, protocol: 'tcp', published: false, hostPort: null },
          { containerPort: 90, protocol: 'udp', published: false, hostPort: null },
        ],
        mounts: [
          { kind: 'volume', volume: null, target: '/var/lib', readOnly: false },
          { kind: 'host-path', source: '/sys', target: '/sys', readOnly: false },
          { kind: 'host-path', source: '/etc', target: '/etc', readOnly: true },
          { kind: 'volume', volume: 'data', target: '/data', readOnly: false },
        ],
        resources: { memoryBytes: 512 * 1024 * 1024, memorySwapBytes: -1, cpuset: '0,1', cpuShares: 512 },
      },
    });
  });

  it('take a bare no, which YAML reads as false', () => {
    expect(read({ restart: false, autodestroy: false })).toMatchObject({
      restart: { condition: 'never' },
      autodestroy: 'never',
    });
  });

  it.each([
    [{ ports: ['web:80'] }, 'services.0.ports.0'],
    [{ ports: ['0:80'] }, 'services.0.ports.0'],
    [{ expose: ['80:80'] }, 'services.0.expose.0'],
    [{ volumes: ['a:b:c:d'] }, 'services.0.volumes.0'],
    [{ volumes: ['relative'] }, 'services.0.bindings.0'],
    [{ restart: 'sometimes' }, 'services.0.restart'],
    [{ environment: ['=x'] }, 'services.0.environment.0'],
    [{ mem_limit: 'lots' }, 'services.0.mem_limit'],
    [{ command: 'a', run_command: 'b' }, 'services.0.run_command'],
    [{ command: 'echo "a' }, 'services.0.run_command'],
  ])('refuse %j, naming the key', (service, field) => {
    expect(() => read(service)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        detail: expect.objectContaining({ field: expect.stringContaining(field) }),
      }),
    );
  });
});
