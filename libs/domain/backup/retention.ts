export interface Retention {
  /** The newest so many complete backups stay; null: as many as there are. */
  keepLast: number | null;
  /** Those that are younger stay; null: however old. */
  keepDays: number | null;
}

const dayMs = 86_400_000;

/**
 * Which complete backups of one schedule are too many. With both limits one stays as long as either keeps it; the
 * newest one always does, so that a schedule that fails for long does not end with nothing.
 */
export function expiredBackups<T extends { createdAt: Date }>(
  complete: readonly T[],
  { keepLast, keepDays }: Retention,
  now: Date,
): T[] {
  if (keepLast === null && keepDays === null) return [];
  const newestFirst = [...complete].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return newestFirst.filter((backup, place) => {
    if (place === 0 || (keepLast !== null && place < keepLast)) return false;
    return keepDays === null || now.getTime() - backup.createdAt.getTime() >= keepDays * dayMs;
  });
}
