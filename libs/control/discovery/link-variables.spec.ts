import { linkVariables, mostCharacters, variablePrefix, type Link } from './link-variables.js';

const port = (containerPort: number, protocol: 'tcp' | 'udp' = 'tcp') => ({ containerPort, protocol });
const container = (ordinal: number, environment: Link['containers'][number]['environment'] = []) => ({
  id: `c${ordinal}`,
  ordinal,
  address: `10.64.0.${ordinal + 4}`,
  environment,
});
const link = (given: Partial<Link> = {}): Link => ({
  alias: 'web',
  secrets: false,
  ports: [port(80)],
  containers: [container(1), container(2)],
  ...given,
});
const read = (given: Partial<Link> = {}) =>
  Object.fromEntries(linkVariables(link(given)).map(({ name, value }) => [name, value]));

describe('the variables of a link', () => {
  it('name every container by its number, and the first one without', () => {
    expect(read()).toEqual({
      WEB_1_PORT: 'tcp://10.64.0.5:80',
      WEB_1_PORT_80_TCP: 'tcp://10.64.0.5:80',
      WEB_1_PORT_80_TCP_ADDR: '10.64.0.5',
      WEB_1_PORT_80_TCP_PORT: '80',
      WEB_1_PORT_80_TCP_PROTO: 'tcp',
      WEB_2_PORT: 'tcp://10.64.0.6:80',
      WEB_2_PORT_80_TCP: 'tcp://10.64.0.6:80',
      WEB_2_PORT_80_TCP_ADDR: '10.64.0.6',
      WEB_2_PORT_80_TCP_PORT: '80',
      WEB_2_PORT_80_TCP_PROTO: 'tcp',
      WEB_PORT: 'tcp://10.64.0.5:80',
      WEB_PORT_80_TCP: 'tcp://10.64.0.5:80',
      WEB_PORT_80_TCP_ADDR: '10.64.0.5',
      WEB_PORT_80_TCP_PORT: '80',
      WEB_PORT_80_TCP_PROTO: 'tcp',
    });
  });

  it('give the lowest port without its number, TCP before UDP', () => {
    const told = read({ ports: [port(443), port(53, 'udp'), port(53)] });
    expect(told['WEB_PORT']).toBe('tcp://10.64.0.5:53');
    expect(told['WEB_1_PORT_53_UDP_PROTO']).toBe('udp');
    expect(told['WEB_2_PORT_443_TCP']).toBe('tcp://10.64.0.6:443');
  });

  it('copy the other end’s variables', () => {
    const told = read({ ports: [], containers: [container(3, [{ name: 'WEBROOT', value: '/login' }])] });
    expect(told).toEqual({ WEB_3_ENV_WEBROOT: '/login', WEB_ENV_WEBROOT: '/login' });
  });

  it('copy secrets only where the link asks for them', () => {
    const containers = [
      container(1, [
        { name: 'MYSQL_USER', value: 'admin' },
        { name: 'MYSQL_PASSWORD', value: 'hunter2' },
        { name: 'DSN', value: 'mysql://admin:hunter2@localhost/' },
      ]),
    ];
    expect(JSON.stringify(read({ containers }))).not.toContain('hunter2');
    expect(read({ containers })['WEB_1_ENV_MYSQL_USER']).toBe('admin');
    expect(read({ containers, secrets: true })['WEB_1_ENV_MYSQL_PASSWORD']).toBe('hunter2');
  });

  it('are none without a container', () => expect(read({ containers: [] })).toEqual({}));

  it('write addresses of IPv6 in brackets where a port follows', () => {
    const told = read({ containers: [{ ...container(1), address: 'fd00::5' }] });
    expect(told['WEB_PORT']).toBe('tcp://[fd00::5]:80');
    expect(told['WEB_PORT_80_TCP_ADDR']).toBe('fd00::5');
  });

  it('leave containers out whole that would make an environment too large', () => {
    const wide = Array.from({ length: 10 }, (_, i) => container(i + 1, [{ name: 'WIDE', value: 'x'.repeat(50_000) }]));
    const told = linkVariables(link({ containers: wide }));
    expect(told.reduce((sum, { name, value }) => sum + name.length + value.length, 0)).toBeLessThan(mostCharacters);
    const numbered = new Set(told.flatMap(({ name }) => /^WEB_(\d+)_(?:PORT|ENV_WIDE)$/.exec(name)?.[1] ?? []));
    expect([...numbered]).toEqual(['1', '2', '3', '4']);
    expect(told.filter(({ name }) => name.startsWith('WEB_5'))).toEqual([]);
  });

  it.each([
    ['my-web.app', 'MY_WEB_APP'],
    ['db', 'DB'],
    ['größe', 'GR__E'],
  ])('begin with %s as %s', (alias, prefix) => expect(variablePrefix(alias)).toBe(prefix));
});
