import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { sharedMounts } from '#libs/domain/volume/volume.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { newVolume } from './new-volume.js';

/** Makes the project's volumes that a definition names and that are not there yet; its instances' own come with them. */
export async function ensureVolumes(
  tx: Transaction,
  context: RequestContext,
  spec: Pick<ServiceSpec, 'template'>,
  now: Date,
): Promise<void> {
  const names = new Set(sharedMounts(spec.template).map(({ volume }) => volume));
  await ensureNamedVolumes(tx, context, [...names], {}, now);
}

/** As `ensureVolumes`, by name; `labels` are given to those that are made. */
export async function ensureNamedVolumes(
  tx: Transaction,
  context: RequestContext,
  names: string[],
  labels: Record<string, string>,
  now: Date,
): Promise<void> {
  if (!names.length) return;
  const existing = new Set((await tx.volumes.byNames(context.projectId, names)).map((volume) => volume.name));
  const missing = names.filter((name) => !existing.has(name));
  if (!missing.length) return;
  await tx.quotas.take(context.organizationId, context.projectId, { volumes: missing.length });
  for (const name of missing) {
    await tx.volumes.insert(newVolume(context, name, now, { labels }));
  }
}
