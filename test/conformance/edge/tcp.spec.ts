import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { jest } from '@jest/globals';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { HttpBackend, TcpBackend } from './support/backend.js';
import { EdgeLab } from './support/edge-lab.js';
import { echo, tcp, visit } from './support/visitor.js';
import { endpoint, httpRoute, project, target, tcpRoute } from './support/wire.js';

// real: haproxy
jest.setTimeout(60_000);

describe('ports of TCP, and the PROXY protocol, on a real load balancer', () => {
  let lab: EdgeLab;
  const backends: TcpBackend[] = [];
  const backend = async () => {
    const started = await TcpBackend.start();
    backends.push(started);
    return started;
  };
  beforeAll(async () => {
    lab = await EdgeLab.start();
  });
  afterAll(async () => {
    await lab.stop();
    await Promise.all(backends.map((each) => each.stop()));
  });

  it('lead to a container, and stop listening with their route', async () => {
    const [plain, port] = [await backend(), await freePort()];
    await lab.serve(project('tcp', [tcpRoute('t1', port, [target(1, endpoint(plain))])]));
    const socket = await tcp(port);
    expect(await echo(socket, 'ping')).toBe('ping');
    socket.destroy();
    await lab.whole(lab.tell([], false, ['tcp']));
    const refused = () =>
      tcp(port).then(
        (socket) => (socket.destroy(), false),
        () => true,
      );
    await waitFor(refused, { what: 'The end of the port', timeoutMs: 10_000 });
  });

  it('end TLS, by the project’s certificates', async () => {
    const authority = await FakeCertificateAuthority.create();
    const { certificatePem, privateKeyPem } = await authority.issueNamed('db', ['db.test']);
    const certificate = { certificateId: 'db', names: ['db.test'], chainPem: certificatePem, keyPem: privateKeyPem };
    const [plain, port] = [await backend(), await freePort()];
    const targets = [target(1, endpoint(plain))];
    const refused = await lab.serve(project('tls', [tcpRoute('s1', port, targets, { tls: true })]));
    expect(refused.problems).toEqual([{ routeId: 's1', sentence: expect.stringMatching(/no certificate for TLS/) }]);
    const served = await lab.serve(project('tls', [tcpRoute('s1', port, targets, { tls: true })], [certificate]));
    expect(served.problems).toEqual([]);
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const opened = connectTls({ host: '127.0.0.1', port, servername: 'db.test', ca: authority.caPem });
      opened.once('secureConnect', () => resolve(opened)).once('error', reject);
    });
    expect(await echo(socket, 'secret')).toBe('secret');
    expect(plain.first[0]?.toString()).toBe('secret');
    socket.destroy();
  });

  it.each([
    ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n/],
    ['v2', /^\r\n\r\n\0\r\nQUIT\n!/],
  ])('say %s who connects', async (version, header) => {
    const [plain, web, port] = [await backend(), await backend(), await freePort()];
    const healthCheck = { kind: 'none', path: '', acceptedCodes: [], intervalMs: 0, rise: 0, fall: 0 };
    await lab.serve(
      project(`proxy-${version}`, [
        tcpRoute(`p${version}`, port, [target(1, endpoint(plain))], { proxyProtocol: version, healthCheck }),
        httpRoute(`h${version}`, `${version}.test`, [target(1, endpoint(web))], {
          proxyProtocol: version,
          healthCheck,
        }),
      ]),
    );
    const socket = await tcp(port);
    socket.write('hello');
    const first = await waitFor(() => plain.first.find((data) => data.length > 0), {
      what: 'The header',
      timeoutMs: 5_000,
    });
    expect(first.toString('latin1')).toMatch(header);
    socket.destroy();
    void visit({ port: lab.httpPort, host: `${version}.test` }).catch(() => undefined);
    const asked = await waitFor(() => web.first.find((data) => data.length > 0), {
      what: 'The header',
      timeoutMs: 5_000,
    });
    expect(asked.toString('latin1')).toMatch(header);
    expect(asked.toString('latin1')).toMatch(/GET \/ HTTP\/1\.1\r\n/);
  });

  it('leave a port to the program that has it, say so, and take it once it is free', async () => {
    const [plain, other] = [await backend(), await HttpBackend.start('other')];
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const routes = [
      tcpRoute('q1', port, [target(1, endpoint(plain))]),
      httpRoute('q2', 'beside.test', [target(1, endpoint(other))]),
    ];
    const { problems } = await lab.serve(project('taken', routes));
    expect(problems).toEqual([{ routeId: 'q1', sentence: expect.stringMatching(/is taken by another program/) }]);
    expect((await visit({ port: lab.httpPort, host: 'beside.test' })).body).toBe('other');
    squatter.close();
    await once(squatter, 'close');
    const freed = () => lab.applied.findLast(({ projectId }) => projectId === 'taken')?.problems.length === 0;
    await waitFor(freed, { what: 'The word that the port is served', timeoutMs: 30_000 });
    const socket = await tcp(port);
    expect(await echo(socket, 'now')).toBe('now');
    socket.destroy();
    await other.kill();
  });
});
