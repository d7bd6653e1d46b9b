import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeDnsServer } from '#libs/testing/dns-server.fake.js';
import { NetworkDomainProofs } from './network.domain-proofs.js';

let dns: FakeDnsServer;
let web: Server;
let port: number;
/** What the web server says, by host and path. */
const pages = new Map<string, { status: number; body: string; location?: string }>();
const asked: string[] = [];

beforeAll(async () => {
  dns = await FakeDnsServer.start();
  web = createServer((request, response) => {
    const at = `${request.headers.host?.split(':')[0]}${request.url}`;
    asked.push(at);
    const { status, body, location } = pages.get(at) ?? { status: 404, body: '' };
    response.writeHead(status, location ? { location } : {}).end(body);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  port = (web.address() as AddressInfo).port;
});
beforeEach(() => {
  dns.clear();
  dns.answers = true;
  pages.clear();
  asked.length = 0;
});
afterAll(async () => {
  await dns.stop();
  await new Promise((resolve) => web.close(resolve));
});

const proofs = (inner = true, timeoutMs = 2_000) =>
  new NetworkDomainProofs({ servers: [dns.address], inner, timeoutMs, httpPort: port });

describe('a proof in DNS', () => {
  const name = '_pierhead.shop.example';

  it('is a TXT record that is exactly the text, whatever else is there', async () => {
    dns.setText(name, 'v=spf1 -all', 'pierhead-verification=abc');
    expect(await proofs().txt(name, 'pierhead-verification=abc')).toEqual({ found: true, instead: '' });
    expect(await proofs().txt(name, 'pierhead-verification=ab')).toEqual({
      found: false,
      instead: `the TXT records of ${name} are not the one that is asked for.`,
    });
  });

  it('may be absent, and the servers silent', async () => {
    expect((await proofs().txt(name, 'x')).instead).toBe(`there is no TXT record at ${name}.`);
    dns.setAddress(name, '127.0.0.1');
    expect((await proofs().txt(name, 'x')).instead).toBe(`there is no TXT record at ${name}.`);
    dns.answers = false;
    expect((await proofs(true, 300).txt(name, 'x')).instead).toBe(`the servers of ${name} did not answer in time.`);
  });
});

describe('a proof on a web server', () => {
  const [name, path] = ['shop.example', '/.well-known/pierhead/abc'];
  const url = () => `http://${name}:${port}${path}`;
  const look = (inner = true) => proofs(inner).http(name, path, 'abc');
  beforeEach(() => dns.setAddress(name, '127.0.0.1'));

  it('is the text, with white space around it at most', async () => {
    pages.set(name + path, { status: 200, body: ' abc\r\n' });
    expect(await look()).toEqual({ found: true, instead: '' });
    expect(asked).toEqual([name + path]);
  });

  it('is told from other answers', async () => {
    expect((await look()).instead).toBe(`${url()} answers 404.`);
    pages.set(name + path, { status: 200, body: 'abcd' });
    expect((await look()).instead).toBe(`${url()} answers something else.`);
    pages.set(name + path, { status: 200, body: 'abc'.repeat(10_000) });
    expect(await look()).toEqual({ found: false, instead: `${url()} could not be read.` });
  });

  it('is followed within the name, and nowhere else', async () => {
    pages.set(name + path, { status: 301, body: 'abc', location: `${url()}/` });
    pages.set(`${name}${path}/`, { status: 200, body: 'abc' });
    expect((await look()).found).toBe(true);
    dns.setAddress('elsewhere.example', '127.0.0.1');
    pages.set('elsewhere.example/', { status: 200, body: 'abc' });
    for (const location of [`http://elsewhere.example:${port}/`, `http://127.0.0.1:${port}/`, `http://${name}:1/`]) {
      pages.set(name + path, { status: 302, body: 'abc', location });
      expect((await look()).instead).toBe(`${url()} answers 302.`);
    }
    expect(asked.filter((at) => !at.startsWith(name))).toEqual([]);
  });

  it('is not looked for in inner networks unless the operator says so', async () => {
    pages.set(name + path, { status: 200, body: 'abc' });
    expect((await look(false)).instead).toBe('shop.example is in an inner network, which is not asked.');
    expect(asked).toEqual([]);
  });

  it('needs an address and somebody who answers there', async () => {
    expect((await proofs().http('nowhere.example', path, 'abc')).instead).toBe('nowhere.example has no address.');
    dns.setAddress(name, '127.0.0.2');
    expect((await look()).instead).toBe(`no web server answers on ${name}:${port}.`);
  });
});
