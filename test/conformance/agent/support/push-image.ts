import { createHash } from 'node:crypto';

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Pushes an image without layers over the distribution API; `mark` makes it another one. Returns its digest. */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  mark: string,
  proof: { user: string; password: string },
): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${proof.user}:${proof.password}`).toString('base64')}`;
  const call = async (method: string, url: string, body: string | null, type: string) => {
    const answer = await fetch(new URL(url, `http://${host}`), {
      method,
      body,
      headers: { authorization, 'content-type': type },
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { mark } },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const upload = await call('POST', `/v2/${repository}/blobs/uploads/`, null, 'application/octet-stream');
  const place = new URL(upload.headers.get('location') ?? '', `http://${host}`);
  place.searchParams.set('digest', digestOf(config));
  await call('PUT', place.href, config, 'application/octet-stream');
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [],
  });
  await call('PUT', `/v2/${repository}/manifests/${tag}`, manifest, type);
  return digestOf(manifest);
}
