/** The least, the middle and the greatest of some samples. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The middle value, or the mean of the two middle ones. Throws when there are none. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}

export const spread = (samples: readonly number[]): Spread => ({
  min: Math.min(...samples),
  median: median(samples),
  max: Math.max(...samples),
});

/** One ratio per round, ours to the peer's of that same round: what disturbs the machine disturbs both. */
export function pairedRatios(ours: readonly number[], peer: readonly number[]): number[] {
  if (ours.length !== peer.length) throw new Error('Every round needs a sample of both sides.');
  return ours.map((value, round) => {
    const other = peer[round];
    if (!other) throw new Error('A ratio to nothing is none.');
    return value / other;
  });
}
