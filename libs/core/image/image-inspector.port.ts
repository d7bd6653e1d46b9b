import type { PlainCredentials } from '../registry/registry-prober.port.js';

/** What an image says about the containers that are made from it. */
export interface ImageConfig {
  /** Of the manifest that the reference names, which may be a list for several platforms. */
  digest: string;
  /** As in the image: a name or a number, with a group or without; empty is root. */
  user: string;
  entrypoint: string[];
  command: string[];
  environment: { name: string; value: string }[];
  /** `3306/tcp` */
  ports: string[];
  /** Absolute paths. */
  volumes: string[];
}

/**
 * Asks registries about images. Only what the operator allows of the platform's own network is reached.
 * Errors: `invalid` (no reference, or an address that may not be asked), `not-found` (no such image, or not without
 * credentials), `unavailable`, `timeout`.
 */
export abstract class ImageInspector {
  abstract inspect(reference: string, credentials: PlainCredentials | null): Promise<ImageConfig>;
  /** `sha256:…` of the manifest that the reference names now. */
  abstract digest(reference: string, credentials: PlainCredentials | null): Promise<string>;
}
