import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GaneshaServer } from '#apps/agent/shares/ganesha.server.js';
import { ensurePackages, nfsClientPackages, storagePackages } from '#libs/launch/debian/packages.js';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { NfsClient } from './nfs-client.js';

const here = '127.0.0.1';

describe('the NFS server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-ganesha-'));
  const shareId = randomUUID();
  const there = { exportId: 2, shareId: randomUUID(), folder: join(folder, 'there'), clients: [here] };
  const missing = { exportId: 1, shareId, folder: join(folder, 'missing'), clients: [here] };
  let port: number;
  let server: GaneshaServer;
  const open = () =>
    new GaneshaServer({ address: here, port, graceSeconds: 2, folder: join(folder, 'server') }, () => undefined);
  const refused = async () => [...(await server.bring([missing, there]))];

  beforeAll(async () => {
    await ensurePackages([...storagePackages, ...nfsClientPackages], () => undefined);
    mkdirSync(there.folder);
    port = await freePort();
    server = open();
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is heard when it refuses an export, at its start and from an agent that took it up later', async () => {
    await waitFor(async () => (await refused()).includes(shareId), { what: 'A refusal', timeoutMs: 20_000 });
    expect(await refused()).toEqual([shareId]);
    server = open();
    await waitFor(async () => (await refused()).includes(shareId), { what: 'The same refusal', timeoutMs: 20_000 });
    const client = new NfsClient(here, port);
    expect(await client.list(`/${there.shareId}`)).toEqual([]);
    expect(await client.list(`/${shareId}`)).toBeNull();
  });

  it('is told again until it exports what it refused', async () => {
    mkdirSync(missing.folder);
    await waitFor(async () => (await refused()).length === 0, { what: 'The export', timeoutMs: 25_000 });
    expect(await new NfsClient(here, port).list(`/${shareId}`)).toEqual([]);
  });
});
