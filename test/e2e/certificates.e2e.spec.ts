import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as plainGet, type IncomingMessage } from 'node:http';
import { get as secureGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { edgePackages, ensurePackages } from '#libs/launch/debian/packages.js';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { FakeAcmeServer } from '#libs/testing/acme-server.fake.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { FakeDnsServer } from '#libs/testing/dns-server.fake.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 120_000;
const company = 'company.example';

interface Route {
  id: string;
  host: string;
  state: string;
  problems: string[];
}

interface Certificate {
  id: string;
  state: string;
  fingerprint: string | null;
  problem: string | null;
}

interface Reply {
  status: number;
  location: string | undefined;
  /** Of the certificate that was shown. */
  fingerprint: string | undefined;
}

/** Processes, two edges, an issuer that looks through them, and a DNS server. */
describe('hosts of a platform with an issuer', () => {
  let cluster: Cluster;
  let native: NativeClient;
  let authority: FakeCertificateAuthority;
  let acme: FakeAcmeServer;
  let dns: FakeDnsServer;
  let folder: string;
  let serviceId: string;
  let host: string;
  let certificate: Certificate;
  const edges: { httpPort: number; httpsPort: number }[] = [];

  beforeAll(async () => {
    await ensurePackages(edgePackages, () => undefined);
    folder = mkdtempSync(join(tmpdir(), 'pierhead-issuer-'));
    authority = await FakeCertificateAuthority.create();
    writeFileSync(join(folder, 'root.pem'), authority.caPem);
    [acme, dns] = [await FakeAcmeServer.start(authority), await FakeDnsServer.start()];
    const env = {
      PIERHEAD_DEFAULT_DOMAIN: 'apps.test',
      PIERHEAD_DNS_SERVERS: dns.address,
      PIERHEAD_ACME_DIRECTORY: acme.directory,
      PIERHEAD_ACME_CA: join(folder, 'root.pem'),
    };
    cluster = await startCluster({ agents: 0, env });
    for (let i = 0; i < 2; i++) {
      const ports = { httpPort: await freePort(), httpsPort: await freePort() };
      edges.push(ports);
      await cluster.addAgent({
        PIERHEAD_NODE_ROLES: 'edge',
        PIERHEAD_EDGE_ADDRESS: '127.0.0.1',
        PIERHEAD_EDGE_HTTP_PORT: String(ports.httpPort),
        PIERHEAD_EDGE_HTTPS_PORT: String(ports.httpsPort),
      });
    }
    native = cluster.native(0);
    const { service } = await native.ok<{ service: { id: string } }>('POST', '/services', {
      name: 'shop',
      template: { image: sampleImage() },
    });
    serviceId = service.id;
    await native.ok('POST', `/services/${serviceId}/start`);
  }, startMs);
  afterAll(async () => {
    await cluster.stop();
    await acme.stop();
    await dns.stop();
    rmSync(folder, { recursive: true, force: true });
  }, startMs);

  const ask = (port: number, name: string, tls: boolean) =>
    new Promise<Reply>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, headers: { host: name }, agent: false as const, timeout: 5_000 };
      const answered = (response: IncomingMessage) => {
        response.resume();
        const shown = tls ? (response.socket as TLSSocket).getPeerCertificate().fingerprint256 : undefined;
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location,
          fingerprint: shown?.replaceAll(':', '').toLowerCase(),
        });
      };
      const call = tls
        ? secureGet({ ...options, servername: name, ca: authority.caPem }, answered)
        : plainGet(options, answered);
      call.once('error', reject);
      call.once('timeout', () => call.destroy(new Error('No answer.')));
    });
  /** What each edge answers, or why it does not. */
  const plain = (name: string) =>
    Promise.all(edges.map(({ httpPort }) => ask(httpPort, name, false).catch((error: Error) => error.message)));
  const secure = (name: string) =>
    Promise.all(edges.map(({ httpsPort }) => ask(httpsPort, name, true).catch((error: Error) => error.message)));
  const until = (what: string, holds: () => Promise<boolean>) =>
    waitFor(holds, { what, timeoutMs: 60_000, intervalMs: 100 });
  const all = (replies: (Reply | string)[], status: number) =>
    replies.every((reply) => typeof reply !== 'string' && reply.status === status);
  const issued = (than: string | null) =>
    until('An issued certificate', async () => {
      certificate = await native.ok<Certificate>('GET', `/certificates/${certificate.id}`);
      return certificate.state === 'active' && certificate.fingerprint !== than;
    });
  const shownEverywhere = () =>
    until('The certificate on both edges', async () =>
      (await secure(host)).every((reply) => typeof reply !== 'string' && reply.fingerprint === certificate.fingerprint),
    );

  it(
    'are made up below the platform’s domain, and served by every edge',
    async () => {
      const route = await native.ok<Route>('POST', '/routes', { kind: 'http', targets: [{ serviceId, port: 8080 }] });
      host = route.host;
      expect(host).toMatch(/^shop-[0-9a-f]{10}\.apps\.test$/);
      await until('An answer of both edges', async () => all(await plain(host), 200));
      expect(await native.ok<Route>('GET', `/routes/${route.id}`)).toMatchObject({ state: 'active', problems: [] });
    },
    testMs,
  );

  it(
    'get a certificate that the issuer proves through the edges',
    async () => {
      // The issuer meets one of the edges, which one is not the platform’s to say.
      acme.webServers.set(host, `http://127.0.0.1:${edges[1]?.httpPort}`);
      certificate = await native.ok<Certificate>('POST', '/certificates', { names: [host] });
      await issued(null);
      await shownEverywhere();
      expect(all(await secure(host), 200)).toBe(true);
    },
    testMs,
  );

  it(
    'are redirected to HTTPS, and proven all the same when the certificate is renewed',
    async () => {
      const { items } = await native.ok<{ items: Route[] }>('GET', `/routes?host=${host}`);
      const definition = { kind: 'http', targets: [{ serviceId, port: 8080 }], redirectToHttps: true };
      await native.ok('PUT', `/routes/${items[0]?.id}`, definition);
      await until('A redirect by both edges', async () => all(await plain(host), 308));
      const { fingerprint } = certificate;
      acme.webServers.set(host, `http://127.0.0.1:${edges[0]?.httpPort}`);
      await native.ok('POST', `/certificates/${certificate.id}/renew`);
      await issued(fingerprint);
      await shownEverywhere();
    },
    testMs,
  );

  it(
    'of a company are served once it has proven its domain',
    async () => {
      const name = `shop.${company}`;
      const definition = { kind: 'http', host: name, targets: [{ serviceId, port: 8080 }] };
      const route = await native.ok<Route>('POST', '/routes', definition);
      expect(route.state).toBe('pending-ownership');
      const domain = await native.ok<{ proofs: { dns: { name: string; value: string } } }>('POST', '/domains', {
        name: company,
      });
      expect(all(await plain(name), 404)).toBe(true);
      dns.setText(domain.proofs.dns.name, domain.proofs.dns.value);
      expect(await native.ok('POST', `/domains/${company}/verify`)).toMatchObject({
        state: 'verified',
        verifiedBy: 'dns',
      });
      await until('An answer of both edges', async () => all(await plain(name), 200));
      expect(await native.ok<Route>('GET', `/routes/${route.id}`)).toMatchObject({ state: 'active' });
    },
    testMs,
  );
});
