import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdentityStore, validity } from '#apps/agent/identity/identity.store.js';
import { CertificateRenewal } from '#apps/agent/identity/renewal.js';
import { until } from '#apps/agent/testing/until.js';
import { createLog } from '#libs/platform/log.js';
import { PlatformFixture } from './platform-fixture.js';

describe('a node’s certificate', () => {
  let platform: PlatformFixture;
  let folder: string;
  beforeEach(async () => {
    platform = await PlatformFixture.create(1);
    folder = await mkdtemp(join(tmpdir(), 'agent-identity-'));
  });
  afterEach(async () => {
    await platform.close();
    await rm(folder, { recursive: true });
  });

  it('is renewed before it ends, kept for the next start, and used from then on', async () => {
    platform.enrollment.lifetimeMs = 1_500;
    const joined = await platform.join();
    platform.enrollment.lifetimeMs = 3_600_000;
    const store = new IdentityStore(folder);
    await store.save(joined);
    const log = createLog('test', 'silent');
    const renewal = new CertificateRenewal(joined, [platform.gateway(0).address], store, log, () => agent.reconnect());
    const { agent, nodeId } = await platform.startAgent({ node: joined, identity: () => renewal.current });
    await until('a session', () => agent.connected);
    const { epoch } = platform.directory.node(nodeId);
    renewal.start();
    await until('renewed', () => platform.enrollment.renewals === 1);
    await until('a session with the new one', () => agent.connected && platform.directory.node(nodeId).epoch > epoch);
    const kept = await store.load();
    expect(kept?.privateKeyPem).not.toBe(joined.privateKeyPem);
    expect(validity(kept!).to).toBeGreaterThan(Date.now() + 3_000_000);
    expect((await stat(join(folder, 'identity.json'))).mode & 0o777).toBe(0o600);
    renewal.stop();
  });
});
