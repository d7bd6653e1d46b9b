/** What is counted. Stopped containers count; removed ones do not. */
export const quotaResources = [
  'containers',
  'services',
  'stacks',
  'volumes',
  'memoryBytes',
  'milliCpu',
  'nodes',
  'projects',
  'routes',
  'publicIps',
  'fileShares',
  'fileShareBytes',
  'backups',
] as const;
export type QuotaResource = (typeof quotaResources)[number];

/** Null is without limit. */
export type QuotaLimits = Partial<Record<QuotaResource, number | null>>;
