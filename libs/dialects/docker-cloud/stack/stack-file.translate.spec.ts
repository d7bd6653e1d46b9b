import { newServiceInput } from '../service/service-input.translate.js';
import { fromStackFile } from './stack-file.translate.js';
import { stackServiceWire } from './stack-file.wire.js';

const at = (field: string) => `services.0.${field}`;
const read = (service: object) =>
  newServiceInput(fromStackFile(stackServiceWire.parse({ name: 'web', image: 'nginx', ...service }), at), at);

describe('the keys of a stack file', () => {
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
