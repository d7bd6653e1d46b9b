/** Labels that every object made by an agent carries; what lacks them is somebody else's and is left alone. */
export const runtimeLabels = {
  container: 'io.pierhead.container',
  project: 'io.pierhead.project',
  organization: 'io.pierhead.organization',
  service: 'io.pierhead.service',
  generation: 'io.pierhead.generation',
  /** Of a volume that only an image declares: what its id is made of. */
  volumeSet: 'io.pierhead.volume-set',
  volumeTarget: 'io.pierhead.volume-target',
  /** Of a volume on a file share: which, and how it is mounted here. */
  share: 'io.pierhead.share',
  shareMount: 'io.pierhead.share-mount',
  /** Of a container that is never started: what it was made for. */
  purpose: 'io.pierhead.purpose',
  /** The scope: drivers set it themselves, so several agents can share one engine. */
  node: 'io.pierhead.node',
  /** The reference that a container was created from; set by drivers too, as engines may keep only the image's id. */
  image: 'io.pierhead.image',
} as const;

export const labelPrefix = 'io.pierhead.';

export type Labels = Record<string, string>;

export const isInScope = (labels: Labels | null | undefined, scope: string): boolean =>
  labels?.[runtimeLabels.node] === scope;

/** True when every label of the platform in `wanted` stands in `actual` with the same value. */
export const sameIdentity = (wanted: Labels, actual: Labels | null | undefined): boolean =>
  Object.entries(wanted).every(([key, value]) => !key.startsWith(labelPrefix) || actual?.[key] === value);

/** The object's labels without the platform's, which are not a tenant's to set. */
export const tenantLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(labelPrefix)));
