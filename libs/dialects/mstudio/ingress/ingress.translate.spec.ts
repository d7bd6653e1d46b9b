import type { StackWorkload } from '#libs/core/stack/workload.queries.js';
import { readPaths, readTls } from './ingress.translate.js';
import { PortBook } from './port-book.js';

const [web, api] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const port = (containerPort: number, protocol: string, name: string | null, hostPort: number | null = null) => ({
  containerPort,
  protocol,
  name,
  hostPort,
  published: false,
});
const ports = [port(80, 'tcp', 'outward-8080'), port(53, 'udp', 'outward-9000'), port(443, 'tcp', null, 8443)];
const stacks = [{ services: [{ id: web, spec: { template: { ports } } }] }] as unknown as StackWorkload[];
const book = new PortBook(stacks);
const to = (id: string, portProtocol: string, path = '/') => ({ path, target: { container: { id, portProtocol } } });

describe('ports that paths lead to', () => {
  it.each([
    [web, 8080, 80],
    [web, 80, 80],
    [web, 8443, 443],
    [web, 9000, 9000],
    [api, 8080, 8080],
  ])('of %s: %d is %d of its containers', (service, outward, inward) => {
    expect(book.inward(service, outward)).toBe(inward);
  });

  it('are shown as they are named', () => {
    expect([80, 443, 9000].map((inward) => book.outward(web, inward))).toEqual([8080, 8443, 9000]);
    expect(book.outward(api, 80)).toBe(80);
  });

  it('are read with or without their protocol', () => {
    for (const notation of ['8080', '8080/tcp', '8080/TCP']) {
      expect(readPaths([to(web.toUpperCase(), notation, '/a')], book)).toEqual([
        { path: '/a', serviceId: web, port: 80 },
      ]);
    }
  });

  it.each(['', '0/tcp', '65536', '80/udp', 'http', '8080:80/tcp'])('are not %j', (notation) => {
    expect(() => readPaths([to(web, '80'), to(web, notation, '/b')], book)).toThrow(
      expect.objectContaining({ detail: { field: 'paths.1.target.container.portProtocol' } }) as Error,
    );
  });
});

it('takes a certificate or one that is issued, never none', () => {
  expect(readTls({ certificateId: web })).toBe(web);
  expect(readTls({ acme: true })).toBeNull();
  expect(() => readTls({ acme: false })).toThrow('not switched off');
});
