import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerDriver } from './docker.driver.js';

/** An engine that only writes down what it is asked for. */
describe('a volume of another machine’s folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-socket-'));
  const socketPath = join(folder, 'engine.sock');
  const asked: { path: string; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text || '{}') as { Name: string; Labels: object };
      asked.push({ path: `${request.method} ${request.url}`, body });
      const answer = { Name: body.Name, Driver: 'local', Mountpoint: '/m', Labels: body.Labels };
      response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(socketPath, resolve)));
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked of its local driver with the options of an NFS mount', async () => {
    const driver = new DockerDriver({ socketPath, scope: 'node' });
    const options = { type: 'nfs', o: 'addr=192.0.2.9,port=2049,vers=4.1,proto=tcp,hard', device: '192.0.2.9:/s/v' };
    await driver.createVolume({ name: 'v', labels: {}, options });
    await driver.close();
    const { path, body } = asked.at(-1) ?? {};
    expect(path).toMatch(/^POST .*\/volumes\/create$/);
    expect(body).toMatchObject({ Name: 'v', Driver: 'local', DriverOpts: options });
  });
});
