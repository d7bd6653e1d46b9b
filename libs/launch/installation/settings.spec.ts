import { parseStored, portTable, resolveSettings } from './settings.js';

describe('resolveSettings', () => {
  it('has a default for every port, all different', () => {
    const { ports } = resolveSettings({}, undefined);
    expect(ports).toMatchObject({ api: 7080, gateway: 7443, join: 7444, postgres: 7432, redis: 7379 });
    expect(new Set(Object.values(ports)).size).toBe(Object.keys(portTable).length);
  });

  it('takes the environment before what was kept, and what was kept before the defaults', () => {
    const kept = parseStored(
      JSON.stringify({ ...resolveSettings({ PIERHEAD_API_PORT: '9001', REDIS_URL: 'redis://r' }, undefined) }),
    );
    expect(resolveSettings({}, kept)).toMatchObject({ ports: { api: 9001, gateway: 7443 }, redisUrl: 'redis://r' });
    expect(resolveSettings({ PIERHEAD_API_PORT: '9002' }, kept).ports.api).toBe(9002);
  });

  it.each(['http', '0', '70000', '7080x'])('refuses PIERHEAD_API_PORT=%s by name', (value) => {
    expect(() => resolveSettings({ PIERHEAD_API_PORT: value }, undefined)).toThrow(
      `PIERHEAD_API_PORT=${value} is not a port`,
    );
  });

  it('refuses one port for two things, naming both variables', () => {
    expect(() => resolveSettings({ PIERHEAD_API_PORT: '7443' }, undefined)).toThrow(
      /Port 7443 .*PIERHEAD_API_PORT or PIERHEAD_GATEWAY_PORT/,
    );
  });

  it('makes the local node an edge that keeps file shares unless told otherwise, and remembers that', () => {
    expect(resolveSettings({}, undefined)).toMatchObject({ nodeRoles: 'edge,storage', edgeHost: '0.0.0.0' });
    const kept = parseStored(JSON.stringify(resolveSettings({ PIERHEAD_NODE_ROLES: 'none' }, undefined)));
    expect(resolveSettings({}, kept).nodeRoles).toBe('none');
  });

  it('gives routes names that lead to this machine, unless told of a domain', () => {
    expect(resolveSettings({}, undefined).defaultDomain).toBe('apps.localhost');
    const kept = parseStored(
      JSON.stringify(resolveSettings({ PIERHEAD_DEFAULT_DOMAIN: 'apps.example.com' }, undefined)),
    );
    expect(resolveSettings({}, kept).defaultDomain).toBe('apps.example.com');
  });

  it('takes an engine by its unix socket only', () => {
    expect(() => resolveSettings({ PIERHEAD_ENGINE: 'tcp://1.2.3.4:2375' }, undefined)).toThrow(/unix:\/\//);
    expect(resolveSettings({ PIERHEAD_ENGINE: 'unix:///run/docker.sock' }, undefined).engine).toBe(
      'unix:///run/docker.sock',
    );
  });
});
