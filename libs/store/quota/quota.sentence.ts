import type { QuotaResource } from '#libs/domain/quota/quota.js';

const names: Record<QuotaResource, string> = {
  containers: 'containers',
  services: 'services',
  stacks: 'stacks',
  volumes: 'volumes',
  memoryBytes: 'of memory',
  milliCpu: 'processors',
  nodes: 'nodes',
  projects: 'projects',
  routes: 'routes',
  publicIps: 'public IPs',
  fileShares: 'file shares',
  fileShareBytes: 'of file shares',
  backups: 'backups',
};

function amount(resource: QuotaResource, value: number): string {
  if (resource === 'memoryBytes' || resource === 'fileShareBytes')
    return `${Math.ceil((value / 1024 ** 2) * 10) / 10} MiB`;
  return resource === 'milliCpu' ? `${value / 1000}` : `${value}`;
}

/** Says what the limit is, what is taken and what was asked for. */
export function quotaSentence(
  owner: 'project' | 'organization',
  resource: QuotaResource,
  { limit, used, asked }: { limit: number; used: number; asked: number },
): string {
  const of = (value: number) => amount(resource, value);
  return (
    `The quota of the ${owner} is ${of(limit)} ${names[resource]}; ` +
    `${of(used)} in use, ${of(asked)} more asked for.`
  );
}
