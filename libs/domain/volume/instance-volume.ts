/** Stands for one instance of a service as long as the service lives: its number, or its node on every-node services. */
export const instanceOf = (strategy: string, ordinal: number, nodeId: string): string =>
  strategy === 'every-node' ? `node:${nodeId}` : String(ordinal);

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
