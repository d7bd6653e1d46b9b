export const gigabyte = 1024 ** 3;

/** Sizes that every platform offers, in gigabytes. The rule (20 GB to 12 TB) is the IBM Containers API’s. */
const standardGigabytes = [20, 40, 80, 100, 250, 500, 1_000, 2_000, 4_000, 8_000, 12_000] as const;

/** Operations in a second for each gigabyte of size. Recorded, and shown; nothing holds a share to them. */
export const iopsPerGigabyte = [0.25, 2, 4] as const;
export type IopsPerGigabyte = (typeof iopsPerGigabyte)[number];

/** In bytes, smallest first: the standard ones and those that the operator offers beside them. */
export const offeredSizes = (more: readonly number[]): number[] =>
  [...new Set([...more, ...standardGigabytes.map((gigabytes) => gigabytes * gigabyte)])].sort((a, b) => a - b);

/** Of the whole share; at least 1 where it is smaller than a gigabyte. */
export const iopsOf = (sizeBytes: number, perGigabyte: IopsPerGigabyte): number =>
  Math.max(1, Math.floor((sizeBytes / gigabyte) * perGigabyte));
