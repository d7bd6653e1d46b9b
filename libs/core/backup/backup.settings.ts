export interface BackupTimes {
  /** Work that takes longer is given up. */
  deadlineMs: number;
  /** A lease that is not kept up ends after this. */
  leaseMs: number;
  /** Between two signs of life, which is also how soon a cancel is noticed. */
  keepMs: number;
  /** When nothing moved for so long, neither side is waited for any longer. */
  stallMs: number;
  /** First wait after an attempt that failed for what may pass; four times as long after the next. */
  retryMs: number;
}

export const backupTimes: BackupTimes = {
  deadlineMs: 6 * 3_600_000,
  leaseMs: 20_000,
  keepMs: 2_000,
  stallMs: 300_000,
  retryMs: 10_000,
};

/** An attempt counts also when its worker died in the middle. */
export const mostAttempts = 3;
