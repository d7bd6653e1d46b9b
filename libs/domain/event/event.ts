export const eventTypes = [
  'stack',
  'service',
  'container',
  'node-cluster',
  'node',
  'action',
  'volume',
  'file-share',
  // Something in a project's private network that no other event tells; its resource is the project.
  'network',
  'route',
  'public-ip',
  'domain',
  'certificate',
  'error',
] as const;
export type EventType = (typeof eventTypes)[number];
export type EventVerb = 'create' | 'update' | 'delete';

/** One change, as the event streams carry it. Parents go from the nearest outward. */
export interface DomainEvent {
  id: string;
  organizationId: string | null;
  projectId: string | null;
  type: EventType;
  verb: EventVerb;
  resourceId: string;
  state: string;
  parents: { type: EventType; id: string }[];
  at: Date;
}
