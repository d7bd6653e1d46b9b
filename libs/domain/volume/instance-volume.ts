import { createHash } from 'node:crypto';

/** Stands for one instance of a service as long as the service lives: its number, or its node on every-node services. */
export const instanceOf = (strategy: string, ordinal: number, nodeId: string): string =>
  strategy === 'every-node' ? `node:${nodeId}` : String(ordinal);

/**
 * Id of an instance’s unnamed volume at one path. The control plane and the agent come to the same one, so that an
 * agent can make volumes that only the image on its engine tells of. `set` is what the instance’s volumes share.
 */
export function setVolumeId(set: string, target: string): string {
  const hash = createHash('sha256').update(`${set}:${target}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80; // version 8: made of a name
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const longest = 63;
const short = (id: string) => id.replaceAll('-', '').slice(0, 8);
const suffixOf = (instance: string) => (instance.startsWith('node:') ? short(instance.slice(5)) : instance);

/** The name of an instance’s own volume among its project’s: `data-db-1`. `apart` tells services of one name apart. */
export function instanceVolumeName(volume: string, service: string, instance: string, apart: string | null): string {
  const tail = `-${suffixOf(instance)}${apart === null ? '' : `-${short(apart)}`}`;
  return `${`${volume}-${service}`.slice(0, longest - tail.length)}${tail}`;
}

/** An unnamed one is shown under its service’s name and a part of its id. */
export function unnamedVolumeName(service: string, instance: string, volumeId: string): string {
  const tail = `-${suffixOf(instance)}-${volumeId.replaceAll('-', '').slice(0, 12)}`;
  return `${service.slice(0, longest - tail.length)}${tail}`;
}
