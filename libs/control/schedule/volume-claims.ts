import type { Refusal, VolumeClaim } from '../snapshot.js';

/**
 * Why a container may not be made yet that writes to volumes with one writer at a time; null when it may. `taken` are
 * volumes that another container of the same plan is to write to. It passes by itself, or by the volume’s release.
 */
export function claimRefusal(
  ordinal: number,
  claims: readonly VolumeClaim[],
  taken: ReadonlySet<string>,
): Refusal | null {
  for (const claim of claims) {
    const sentence = taken.has(claim.volume) ? oneWriter(claim.volume, null) : heldSentence(claim);
    if (sentence !== null) return { ordinal, kind: 'not-now', sentence };
  }
  return null;
}

const oneWriter = (volume: string, holder: string | null): string =>
  `Volume "${volume}" has one writer at a time` + (holder === null ? '.' : `, and container "${holder}" holds it.`);

function heldSentence({ volume, writer }: VolumeClaim): string | null {
  if (writer === null) return null;
  if (!writer.lost) return oneWriter(volume, writer.containerName);
  const where = writer.nodeName === null ? 'a node that is lost' : `node "${writer.nodeName}", which is lost`;
  return (
    `Volume "${volume}" may still be written by container "${writer.containerName}" on ${where}; ` +
    'that node has to come back or be removed, or the volume be released.'
  );
}
