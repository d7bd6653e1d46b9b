import { containerTemplate, type ContainerTemplateInput } from '#libs/domain/container/template.js';
import type { RuntimeContainerSpec } from '../container.js';
import { containerConfig } from './container-config.js';

const config = (template: Partial<ContainerTemplateInput>, more: Partial<RuntimeContainerSpec> = {}) =>
  containerConfig(
    {
      name: 'web-1',
      template: containerTemplate.parse({ image: 'nginx:1', ...template }),
      labels: { 'io.pierhead.container': 'c1' },
      ...more,
    },
    'node-1',
  );

describe('the create body', () => {
  it('leaves to the image what the template leaves open', () => {
    const body = config({});
    for (const key of ['Entrypoint', 'Cmd', 'WorkingDir', 'User', 'Hostname', 'StopSignal', 'NetworkingConfig']) {
      expect(body).not.toHaveProperty(key);
    }
    expect(body).toMatchObject({ Image: 'nginx:1', Healthcheck: { Test: ['NONE'] } });
    expect(body.HostConfig).toMatchObject({ NetworkMode: 'bridge', RestartPolicy: { Name: 'no' } });
    expect(body.HostConfig).not.toHaveProperty('Memory');
  });

  it('keeps the platform’s labels from being forged', () => {
    const body = config({ labels: { tier: 'web', 'io.pierhead.node': 'x', 'io.pierhead.organization': 'x' } });
    expect(body.Labels).toEqual({
      tier: 'web',
      'io.pierhead.container': 'c1',
      'io.pierhead.node': 'node-1',
      'io.pierhead.image': 'nginx:1',
    });
  });

  it('lets the template win over added environment', () => {
    const environment = [{ name: 'A', value: '1' }];
    const body = config({ environment }, { extraEnvironment: [...environment, { name: 'A', value: '0' }] });
    expect(body.Env).toEqual(['A=1']);
  });

  it('asks the given name service, unless the template has its own', () => {
    const names = { servers: ['169.254.53.53'], search: ['.'], options: ['timeout:1'] };
    const body = config({}, { names });
    expect(body.HostConfig).toMatchObject({ Dns: ['169.254.53.53'], DnsSearch: ['.'], DnsOptions: ['timeout:1'] });
    const own = config({ dns: ['9.9.9.9'], dnsSearch: ['example.org'] }, { names });
    expect(own.HostConfig).toMatchObject({ Dns: ['9.9.9.9'], DnsSearch: ['example.org'] });
    expect(own.HostConfig).not.toHaveProperty('DnsOptions');
  });

  it('gives the network’s hardware address, unless the template has its own', () => {
    const network = { name: 'n', address: '10.64.0.9', macAddress: '02:42:0a:40:00:09' };
    expect(config({}, { network })).toMatchObject({
      MacAddress: '02:42:0a:40:00:09',
      NetworkingConfig: { EndpointsConfig: { n: { MacAddress: '02:42:0a:40:00:09' } } },
    });
    expect(config({ macAddress: '02:00:00:00:00:01' }, { network }).MacAddress).toBe('02:00:00:00:00:01');
    expect(config({ networkMode: 'host' }, { network })).not.toHaveProperty('MacAddress');
  });

  it('binds published ports only, a free one without a number', () => {
    const ports = [
      { containerPort: 80, published: true, hostPort: 8080 },
      { containerPort: 53, protocol: 'udp' as const, published: true },
      { containerPort: 9000 },
    ];
    const body = config({ ports }, { publishAddress: '10.0.0.1' });
    expect(body.ExposedPorts).toEqual({ '80/tcp': {}, '53/udp': {}, '9000/tcp': {} });
    expect(body.HostConfig).toMatchObject({
      PortBindings: {
        '80/tcp': [{ HostIp: '10.0.0.1', HostPort: '8080' }],
        '53/udp': [{ HostIp: '10.0.0.1', HostPort: '' }],
      },
    });
    expect(config({ ports, networkMode: 'host' }).HostConfig).toMatchObject({ PortBindings: {}, NetworkMode: 'host' });
  });

  it('mounts volumes under the engine’s names', () => {
    const mounts = [
      { kind: 'volume' as const, volume: 'data', target: '/data' },
      { kind: 'volume' as const, target: '/own' },
      { kind: 'host-path' as const, source: '/srv', target: '/srv', readOnly: true },
    ];
    const volumes = { '/data': 'p1-data', '/own': 'p1-own', '/image': 'p1-image' };
    expect(config({ mounts }, { volumes, volumesFrom: ['other'] }).HostConfig).toMatchObject({
      Mounts: [
        { Type: 'volume', Source: 'p1-data', Target: '/data', ReadOnly: false },
        { Type: 'volume', Source: 'p1-own', Target: '/own', ReadOnly: false },
        { Type: 'bind', Source: '/srv', Target: '/srv', ReadOnly: true },
        { Type: 'volume', Source: 'p1-image', Target: '/image', ReadOnly: false },
      ],
      VolumesFrom: ['other'],
    });
  });

  it('leaves volumes without a name of ours to the engine', () => {
    const mounts = [{ kind: 'volume' as const, target: '/own' }];
    expect(config({ mounts }).HostConfig).toMatchObject({ Mounts: [{ Source: undefined, Target: '/own' }] });
    expect(config({ mounts }).HostConfig).not.toHaveProperty('VolumesFrom');
  });

  it('joins a network with its address and names, and counts in the engine’s units', () => {
    const resources = { milliCpu: 1500, memoryBytes: 8 << 20, cpuset: '0-1' };
    const body = config(
      { resources, stopGraceMs: 1500 },
      { network: { name: 'n1', aliases: ['db'], address: '10.7.1.5' } },
    );
    expect(body.HostConfig).toMatchObject({ NanoCpus: 1_500_000_000, Memory: 8 << 20, CpusetCpus: '0-1' });
    expect(body.StopTimeout).toBe(2);
    expect(body.NetworkingConfig).toEqual({
      EndpointsConfig: { n1: { Aliases: ['db'], IPAMConfig: { IPv4Address: '10.7.1.5' } } },
    });
  });
});
