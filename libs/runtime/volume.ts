import type { Labels } from './labels.js';

export interface RuntimeVolumeSpec {
  name: string;
  labels: Labels;
  /** The engine's `local` driver when absent. */
  driver?: string;
  /** The driver's own options, e.g. `type`, `device`, `o` of `local`. */
  options?: Record<string, string>;
}

export interface RuntimeVolume {
  name: string;
  labels: Labels;
  driver: string;
  mountpoint: string;
  createdAt: Date | null;
}
