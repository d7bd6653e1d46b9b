import { createHash } from 'node:crypto';
import { actionStates } from '#libs/domain/action/state.js';
import { containerStates } from '#libs/domain/container/state.js';
import type { DomainEvent, EventType } from '#libs/domain/event/event.js';
import { nodeClusterStates } from '#libs/domain/node/cluster-state.js';
import { nodeStates } from '#libs/domain/node/state.js';
import { serviceStates } from '#libs/domain/service/state.js';
import { stackStates } from '#libs/domain/stack/state.js';
import { actionStateNames } from '../action/action.states.js';
import { observedStateName } from '../container/container.states.js';
import { nodeClusterStateNames } from '../node-cluster/node-cluster.states.js';
import { nodeStateNames } from '../node/node.states.js';
import { serviceStateNames } from '../service/service.states.js';
import { stackStateNames } from '../stack/stack.states.js';
import { eventDate } from '../wire/date.translate.js';
import { resourceUri } from '../wire/resource-uri.translate.js';
import type { EventQuery, EventTypeName } from './stream-query.translate.js';

/** What this API has no word for is not sent. */
const typeNames: Partial<Record<EventType, EventTypeName>> = {
  stack: 'stack',
  service: 'service',
  container: 'container',
  node: 'node',
  'node-cluster': 'nodecluster',
  action: 'action',
};

const named = <S extends string>(states: readonly S[], names: Record<S, string>, state: string): string => {
  const known = states.find((each) => each === state);
  return known ? names[known] : state;
};

const stateNames: Record<EventTypeName, (state: string) => string> = {
  stack: (state) => named(stackStates, stackStateNames, state),
  service: (state) => named(serviceStates, serviceStateNames, state),
  container: (state) => named(containerStates, observedStateName, state),
  node: (state) => named(nodeStates, nodeStateNames, state),
  nodecluster: (state) => named(nodeClusterStates, nodeClusterStateNames, state),
  action: (state) => named(actionStates, actionStateNames, state),
};

/** An event as its watchers get it; null when it is none of theirs. */
export function toEvent(event: DomainEvent, namespace: string, query: EventQuery) {
  const type = typeNames[event.type];
  if (!type || !query.types.includes(type)) return null;
  if (query.object !== null && query.object !== event.resourceId) return null;
  const { parents } = query;
  if (parents && !event.parents.some((parent) => parents.includes(parent.id))) return null;
  return {
    type,
    action: event.verb,
    parents: event.parents.flatMap((parent) => {
      const name = typeNames[parent.type];
      return name ? [resourceUri(name, namespace, parent.id)] : [];
    }),
    resource_uri: resourceUri(type, namespace, event.resourceId),
    state: stateNames[type](event.state),
    uuid: eventUuid(event),
    datetime: eventDate(event.at),
  };
}

/** The same for every watcher; in the form of a random UUID, which is what clients recognise. */
function eventUuid(event: DomainEvent): string {
  const hash = createHash('sha256').update(`${event.id} ${event.resourceId}`).digest('hex');
  const variant = '89ab'.charAt(parseInt(hash.charAt(16), 16) % 4);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
