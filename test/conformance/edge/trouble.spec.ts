import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import { workersAccount } from '#apps/agent/edge/edge.factory.js';
import { EdgePart } from '#libs/launch/edge/edge.part.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { signalIfStillRunning } from '#libs/platform/process/proc.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { HttpBackend } from './support/backend.js';
import { EdgeLab } from './support/edge-lab.js';
import { visit } from './support/visitor.js';
import { endpoint, httpRoute, project, target } from './support/wire.js';

// real: haproxy
jest.setTimeout(60_000);

describe('an edge in trouble', () => {
  let lab: EdgeLab;
  let web: HttpBackend;
  const plain = () => project('plain', [httpRoute('p1', 'plain.test', [target(1, endpoint(web))])]);
  const get = () => visit({ port: lab.httpPort, host: 'plain.test' });
  beforeEach(async () => {
    [lab, web] = await Promise.all([EdgeLab.start(), HttpBackend.start('web')]);
    await lab.serve(plain());
  });
  afterEach(async () => {
    await lab.stop();
    await web.kill();
  });

  it('starts the load balancer again when it died, with the routes that it had', async () => {
    const identity = lab.haproxy().running();
    signalIfStillRunning(identity!, 'SIGKILL');
    const again = async () => {
      const now = lab.haproxy().running();
      return now && now.pid !== identity!.pid && (await get().catch(() => null))?.body === 'web';
    };
    await waitFor(again, { what: 'The load balancer’s return', timeoutMs: 20_000 });
    await waitFor(() => lab.figures().failures === 0, { what: 'A good pass', timeoutMs: 20_000 });
    expect(lab.figures()).toMatchObject({ running: true, routes: 1, servers: 1 });
  });

  it('takes up the load balancer that the last agent left, without a reload', async () => {
    const identity = lab.haproxy().running();
    const seen = web.requests;
    await lab.restartAgent();
    await lab.serve(plain(), true);
    expect(lab.haproxy().running()).toEqual(identity);
    expect(lab.figures()).toMatchObject({ reloads: 0, workers: 1, servers: 1 });
    expect((await get()).body).toBe('web');
    expect(web.requests).toBe(seen + 1);
  });

  it('serves what it was told last when it starts while nobody tells it anything', async () => {
    await lab.restartAgent();
    await lab.haproxy().stop();
    await waitFor(async () => (await get().catch(() => null))?.body === 'web', { what: 'Routes', timeoutMs: 20_000 });
    expect(lab.applied).toEqual([]);
  });

  it('forgets what a new session does not name', async () => {
    await lab.restartAgent();
    await lab.whole(lab.tell([], true));
    expect((await get()).status).toBe(404);
  });

  it('keeps one certificate that the load balancer refuses from everybody else', async () => {
    const authority = await FakeCertificateAuthority.create();
    const [good, other] = await Promise.all(
      ['good', 'other'].map((name) => authority.issueNamed(name, [`${name}.test`])),
    );
    const certificates = [
      { certificateId: 'good', names: ['good.test'], chainPem: good!.certificatePem, keyPem: good!.privateKeyPem },
      // The key is another one's.
      { certificateId: 'bad', names: ['bad.test'], chainPem: other!.certificatePem, keyPem: good!.privateKeyPem },
    ];
    const routes = ['good', 'bad'].map((name) =>
      httpRoute(name, `${name}.test`, [target(1, endpoint(web))], { tls: true }),
    );
    const { problems } = await lab.serve(project('mixed', routes, certificates));
    expect(problems).toEqual([
      { routeId: 'bad', sentence: expect.stringMatching(/a certificate was left out: .*key/i) },
    ]);
    const secure = { port: lab.httpsPort, ca: authority.caPem };
    expect((await visit({ ...secure, host: 'good.test' })).body).toBe('web');
    await expect(visit({ ...secure, host: 'bad.test' })).rejects.toThrow();
    expect((await visit({ port: lab.httpPort, host: 'bad.test' })).body).toBe('web');
  });

  it('keeps private keys to the agent’s user', async () => {
    const authority = await FakeCertificateAuthority.create();
    const { certificatePem: chainPem, privateKeyPem: keyPem } = await authority.issueNamed('k', ['k.test']);
    const routes = [httpRoute('k', 'k.test', [target(1, endpoint(web))], { tls: true })];
    await lab.serve(project('keys', routes, [{ certificateId: 'k', names: ['k.test'], chainPem, keyPem }]));
    const modes = (...path: string[]) => (statSync(join(lab.folder, ...path)).mode & 0o777).toString(8);
    // Workers that run as another user go through the folder to the sockets between them.
    const folder = workersAccount() ? '710' : '700';
    expect([modes(), modes('certificates'), modes('projects')]).toEqual([folder, '700', '700']);
    expect([modes('certificates', 'k.pem'), modes('projects', 'keys.json'), modes('haproxy.cfg')]).toEqual([
      '600',
      '600',
      '600',
    ]);
    await lab.whole(lab.tell([], false, ['keys']));
    expect(() => statSync(join(lab.folder, 'certificates', 'k.pem'))).toThrow('ENOENT');
    expect(() => statSync(join(lab.folder, 'projects', 'keys.json'))).toThrow('ENOENT');
    expect(readFileSync(join(lab.folder, 'haproxy.cfg'), 'utf8')).not.toContain(keyPem.slice(40, 80));
  });

  it('is seen and stopped by the launcher, which has no agent’s code', async () => {
    const { httpPort, httpsPort } = lab;
    const part = new EdgePart({ agentFolder: dirname(lab.folder), host: '127.0.0.1', httpPort, httpsPort });
    await part.start();
    expect(await part.status()).toMatchObject({ state: 'running', pid: lab.haproxy().running()?.pid });
    await lab.stopAgent();
    expect((await part.status()).state).toBe('running');
    await part.stop();
    expect((await part.status()).state).toBe('stopped');
    await expect(get()).rejects.toThrow('ECONNREFUSED');
  });

  it('puts right what somebody changed behind its back', async () => {
    writeFileSync(join(lab.folder, 'running.json'), '{}');
    await lab.restartAgent();
    await lab.serve(plain(), true);
    expect(lab.figures().reloads).toBe(1);
    expect((await get()).body).toBe('web');
  });
});
