import type { RuntimeImage, RuntimeImageDetail } from '../image.js';
import { toImageId } from './container-inspect.js';

export interface ImageAnswer {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Created: string;
  Size: number;
  Architecture: string;
  Os: string;
  Config: {
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    WorkingDir?: string;
    User?: string;
    Labels?: Record<string, string> | null;
    ExposedPorts?: Record<string, unknown> | null;
    Volumes?: Record<string, unknown> | null;
    StopSignal?: string;
  } | null;
}

export interface ImageListAnswer {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Created: number;
  Size: number;
}

/** `tag` holds the digest where there is one: an engine that gets no tag at all pulls every one. */
export const splitReference = (reference: string): { name: string; tag: string } => {
  const [path = '', digest] = reference.split('@');
  const colon = path.lastIndexOf(':');
  const tagged = colon > path.lastIndexOf('/');
  const name = tagged ? path.slice(0, colon) : path;
  return { name, tag: digest ?? (tagged ? path.slice(colon + 1) : 'latest') };
};

/** The digest under the reference's own repository, as an image may have come from several. */
export const digestFor = (repoDigests: string[] | null, reference: string): string | null => {
  const { name } = splitReference(reference);
  const pairs = (repoDigests ?? []).map((entry) => entry.split('@'));
  const own = pairs.find(([repository]) => repository === name || repository?.endsWith(`/${name}`));
  return (own ?? pairs[0])?.[1] ?? null;
};

const realTags = (tags: string[] | null): string[] => (tags ?? []).filter((tag) => !tag.startsWith('<none>'));

export const toImage = (answer: ImageListAnswer): RuntimeImage => ({
  imageId: toImageId(answer.Id) ?? answer.Id,
  digest: (answer.RepoDigests ?? []).map((entry) => entry.split('@')[1]).find((digest) => digest !== '<none>') ?? null,
  references: realTags(answer.RepoTags),
  sizeBytes: answer.Size,
  createdAt: new Date(answer.Created * 1000),
});

const some = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

const variable = (entry: string) => {
  const at = entry.indexOf('=');
  return at < 0 ? { name: entry, value: '' } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
};

const exposedPort = (key: string) => {
  const [port, protocol] = key.split('/');
  return { port: Number(port), protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const) };
};

export const toImageDetail = (answer: ImageAnswer, reference: string): RuntimeImageDetail => ({
  imageId: toImageId(answer.Id) ?? answer.Id,
  digest: digestFor(answer.RepoDigests, reference),
  references: realTags(answer.RepoTags),
  sizeBytes: answer.Size,
  createdAt: new Date(answer.Created),
  architecture: answer.Architecture,
  operatingSystem: answer.Os,
  entrypoint: answer.Config?.Entrypoint ?? [],
  command: answer.Config?.Cmd ?? [],
  environment: (answer.Config?.Env ?? []).map(variable),
  workingDir: some(answer.Config?.WorkingDir),
  user: some(answer.Config?.User),
  labels: answer.Config?.Labels ?? {},
  exposedPorts: Object.keys(answer.Config?.ExposedPorts ?? {}).map(exposedPort),
  volumes: Object.keys(answer.Config?.Volumes ?? {}),
  stopSignal: some(answer.Config?.StopSignal),
});
