import { z } from 'zod';

const descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), mediaType: z.string().optional() });

export const manifest = z.object({ config: descriptor });

/** A list of one manifest for each platform, in Docker's words or OCI's. */
export const manifestList = z.object({
  manifests: z.array(
    descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});

const words = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((map) => Object.keys(map ?? {}));

export const imageConfiguration = z.object({
  config: z
    .object({
      User: z.string().nullish(),
      Entrypoint: words,
      Cmd: words,
      Env: words,
      ExposedPorts: keys,
      Volumes: keys,
    })
    .nullish(),
});

export const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** What a registry may answer for a reference. */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
