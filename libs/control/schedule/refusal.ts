import type { Refusal } from '../snapshot.js';
import type { Misfit } from './fits.js';

/**
 * One sentence over all nodes that were looked at, most frequent reason first: `3 nodes lack the tag "ssd",
 * 1 node has port 80 taken.` It is `never` only when no node could take the container even with more room.
 */
export function explainRefusal(ordinal: number, misfits: readonly Misfit[]): Refusal {
  if (misfits.length === 0) return { ordinal, kind: 'never', sentence: 'There is no node to place it on.' };
  const counted = new Map<string, { misfit: Misfit; count: number }>();
  for (const misfit of misfits) {
    const entry = counted.get(misfit.key);
    if (entry) entry.count += 1;
    else counted.set(misfit.key, { misfit, count: 1 });
  }
  const clauses = [...counted.values()]
    .sort((a, b) => b.count - a.count || (a.misfit.key < b.misfit.key ? -1 : 1))
    .map(({ misfit, count }) => misfit.clause(count));
  const kind = misfits.some((misfit) => misfit.kind === 'not-now') ? 'not-now' : 'never';
  return { ordinal, kind, sentence: `${clauses.join(', ')}.` };
}
