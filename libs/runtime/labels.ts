/** Labels that every object made by an agent carries; what lacks them is somebody else's and is left alone. */
export const runtimeLabels = {
  container: 'io.pierhead.container',
  project: 'io.pierhead.project',
  organization: 'io.pierhead.organization',
  service: 'io.pierhead.service',
  generation: 'io.pierhead.generation',
  /** The scope: drivers set it themselves, so several agents can share one engine. */
  node: 'io.pierhead.node',
} as const;

export const labelPrefix = 'io.pierhead.';

export type Labels = Record<string, string>;

export const isInScope = (labels: Labels | null | undefined, scope: string): boolean =>
  labels?.[runtimeLabels.node] === scope;

/** True when every label of the platform in `wanted` stands in `actual` with the same value. */
export const sameIdentity = (wanted: Labels, actual: Labels | null | undefined): boolean =>
  Object.entries(wanted).every(([key, value]) => !key.startsWith(labelPrefix) || actual?.[key] === value);
