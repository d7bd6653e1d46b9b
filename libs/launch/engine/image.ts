import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { LaunchError } from '../launch-error.js';
import { run } from '../process/run.js';
import { engineCall, engineJson } from './engine-socket.js';
import { tar, type TarEntry } from './tar.js';

export const sampleImage = 'localhost/pierhead/sample:latest';

const busyboxPath = '/bin/busybox';

const page = `<!doctype html>
<title>Pierhead</title>
<h1>It runs.</h1>
<p>This page is served by a container of the sample stack. <a href="/cgi-bin/whoami">Which one?</a></p>
`;

const whoami = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "container: $(hostname)"
echo "service: \${PIERHEAD_SAMPLE:-none}"
echo "time: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
`;

export interface ImageSource {
  busybox: Buffer;
  applets: readonly string[];
  architecture: string;
}

const text = (path: string, mode: number, content: string): TarEntry => ({ path, mode, content: Buffer.from(content) });
const folder = (path: string, mode = 0o755): TarEntry => ({ path, mode, folder: true });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/**
 * An image as `docker save` writes it: busybox with all its commands, and a small web site on port 8080 (GET /,
 * /cgi-bin/whoami). Built in memory, so it needs neither a registry nor a builder, and both kinds of engine take it.
 */
export function imageArchive(
  source: ImageSource,
  reference: string,
  more: readonly TarEntry[] = [],
): { id: string; archive: Buffer } {
  const applets = source.applets.filter((name) => name !== 'busybox' && /^[\w[.-]+$/.test(name));
  const layer = tar([
    ...['bin/', 'dev/', 'etc/', 'proc/', 'root/', 'sys/', 'var/', 'www/', 'www/cgi-bin/'].map((path) => folder(path)),
    folder('tmp/', 0o1777),
    { path: 'bin/busybox', mode: 0o755, content: source.busybox },
    ...applets.map((name): TarEntry => ({ path: `bin/${name}`, mode: 0o777, link: 'busybox' })),
    text('etc/passwd', 0o644, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
    text('etc/group', 0o644, 'root:x:0:\nnogroup:x:65534:\n'),
    text('www/index.html', 0o644, page),
    text('www/cgi-bin/whoami', 0o755, whoami),
    ...more,
  ]);
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: source.architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: {
        Env: ['PATH=/bin'],
        // httpd as the first process would ignore the signal that asks it to end.
        Cmd: ['sh', '-c', "trap 'exit 0' TERM; httpd -f -v -p 8080 -h /www & wait"],
        ExposedPorts: { '8080/tcp': {} },
        WorkingDir: '/',
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'pierhead' }],
    }),
  );
  const [layerFile, configFile] = [`${sha256(layer)}/layer.tar`, `${sha256(configuration)}.json`];
  const archive = tar([
    text('manifest.json', 0o644, JSON.stringify([{ Config: configFile, RepoTags: [reference], Layers: [layerFile] }])),
    { path: configFile, mode: 0o644, content: configuration },
    { path: layerFile, mode: 0o644, content: layer },
  ]);
  return { id: sha256(configuration), archive };
}

/**
 * Loads the sample image into an engine unless it has exactly it already, with further files under another name if
 * wanted. Needs Debian's busybox-static.
 */
export async function ensureSampleImage(
  socketPath: string,
  reference = sampleImage,
  more: readonly TarEntry[] = [],
): Promise<void> {
  if (!existsSync(busyboxPath)) throw new LaunchError(`${busyboxPath} is missing: install the package busybox-static.`);
  const { Architecture } = await engineJson<{ Architecture?: string }>(socketPath, 'GET', '/info');
  const names: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' };
  const { id, archive } = imageArchive(
    {
      busybox: readFileSync(busyboxPath),
      applets: (await run(busyboxPath, ['--list'])).stdout.split('\n').filter(Boolean),
      architecture: names[Architecture ?? 'x86_64'] ?? (Architecture as string),
    },
    reference,
    more,
  );
  const present = await engineCall(socketPath, 'GET', `/images/${reference}/json`);
  if (present.status === 200 && present.text.includes(id)) return;
  const loaded = await engineCall(socketPath, 'POST', '/images/load', { type: 'application/x-tar', bytes: archive });
  if (loaded.status !== 200 || loaded.text.includes('"error"')) {
    throw new LaunchError(`The sample image could not be loaded: ${loaded.status} ${loaded.text.trim()}`);
  }
}
