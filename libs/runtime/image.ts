export interface RegistryCredentials {
  username: string;
  password: string;
}

export type PullPolicy = 'missing' | 'always' | 'never';

export interface PullProgress {
  /** Short id of the layer, where the message concerns one. */
  layer: string | null;
  message: string;
  currentBytes: number | null;
  totalBytes: number | null;
}

export interface PullOptions {
  policy: PullPolicy;
  credentials?: RegistryCredentials;
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
}

export interface PulledImage {
  imageId: string;
  /** `sha256:…` of the registry's manifest; null for an image that was built or loaded on the node. */
  digest: string | null;
}

export interface RuntimeImage extends PulledImage {
  /** `repository:tag` names, as the engine keeps them. */
  references: string[];
  sizeBytes: number;
  createdAt: Date;
}

export interface RuntimeImageDetail extends RuntimeImage {
  architecture: string;
  operatingSystem: string;
  entrypoint: string[];
  command: string[];
  environment: { name: string; value: string }[];
  workingDir: string | null;
  user: string | null;
  labels: Record<string, string>;
  exposedPorts: { port: number; protocol: 'tcp' | 'udp' }[];
  /** Mount points that the image declares. */
  volumes: string[];
  stopSignal: string | null;
}
