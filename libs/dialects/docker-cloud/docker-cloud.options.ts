import type { PlatformPlace } from '#libs/domain/discovery/naming.js';
import type { Log } from '#libs/platform/log.js';

/** What the dialect is told by its process. */
export abstract class DockerCloudOptions {
  /** Names of services, containers and nodes end with it. */
  abstract readonly platformDomain: string;
  /** What addresses of the API begin with, without a slash at the end; null when nobody said so. */
  abstract readonly publicUrl: string | null;
  abstract readonly log: Log;
  /** How streams treat their peers; the defaults unless given. */
  abstract readonly streams?: Partial<PeerTimes>;
}

export interface PeerTimes {
  pingMs: number;
  /** A peer that takes nothing and answers no ping for this long is cut off. */
  stallMs: number;
  /** Bytes that may wait for a peer before its source is paused. */
  highWaterBytes: number;
}

export const placeOf = ({ platformDomain, publicUrl }: DockerCloudOptions): PlatformPlace => ({
  domain: platformDomain,
  publicUrl,
});
