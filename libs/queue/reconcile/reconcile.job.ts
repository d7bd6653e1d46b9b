import { z } from 'zod';

/** The only thing a job carries: which key to look at. Never a state, so that a lost or doubled job is harmless. */
export const reconcileKinds = [
  'service',
  'stack',
  'container',
  'node',
  'node-cluster',
  'action',
  'certificate',
  'file-share',
] as const;
export type ReconcileKind = (typeof reconcileKinds)[number];

export const reconcileJob = z.strictObject({
  key: z.templateLiteral([z.enum(reconcileKinds), ':', z.uuid()]),
});
export type ReconcileJob = z.infer<typeof reconcileJob>;

export const reconcileQueueName = 'reconcile';

/** Braces keep all keys of a queue in one slot of a Redis Cluster. */
export const queuePrefix = (prefix: string): string => `{${prefix}}`;

export function splitKey(key: string): { kind: ReconcileKind; id: string } {
  const [kind, id = ''] = key.split(':');
  return { kind: kind as ReconcileKind, id };
}
