import { canBeCanceled, canBeRetried } from '#libs/core/action/action.commands.js';
import type { ActionFilter, ActionRecord, ActionResource } from '#libs/core/action/action.repository.port.js';
import { invalid } from '#libs/domain/error.js';
import { readDate, wireDate, wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { readResourceUri, resourceUri, type WireResource } from '../wire/resource-uri.translate.js';
import { actionStateNames, actionStateOf } from './action.states.js';

/** Resources that have no address in this API are shown with an empty one: clients take it apart as a text. */
const wireNames: Partial<Record<ActionResource, WireResource>> = {
  stack: 'stack',
  service: 'service',
  container: 'container',
  node: 'node',
  'node-cluster': 'nodecluster',
};

const title = (text: string): string =>
  text
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

const addressed = /^\/api\/(?:app|infra|audit)\/v1\/([^/]+)\/(?:stack|service|container|node|nodecluster)(?:\/|$)/;

/** An action is found without a namespace, so the resource's own is read from the call that was made. */
const namespaceOf = (action: ActionRecord, fallback: string): string =>
  addressed.exec(action.path ?? '')?.[1] ?? fallback;

function objectOf(action: ActionRecord, namespace: string): string {
  const resource = wireNames[action.resourceType];
  return resource && action.resourceId ? resourceUri(resource, namespace, action.resourceId) : '';
}

export function toAction(action: ActionRecord, namespace: string) {
  const path = action.path ?? '';
  return {
    action: `${title(action.resourceType)} ${title(action.verb)}`,
    can_be_canceled: canBeCanceled(action),
    can_be_retried: canBeRetried(action),
    end_date: wireDateOrNull(action.endedAt),
    ip: action.ip ?? '',
    is_user_action: action.origin === 'user',
    location: '',
    method: action.method ?? '',
    object: objectOf(action, namespaceOf(action, namespace)),
    path: path.startsWith('/api/') && !path.endsWith('/') ? `${path}/` : path,
    resource_uri: resourceUri('action', '', action.id),
    start_date: wireDate(action.startedAt),
    state: actionStateNames[action.state],
    user: action.userName ?? '',
    user_agent: action.userAgent ?? '',
    uuid: action.id,
  };
}

export function readActionFilter(query: Query): ActionFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const state = filters.oneOf('state', Object.keys(actionStateOf) as (keyof typeof actionStateOf)[]);
  const date = (name: string): Date | undefined => {
    const text = filters.text(name);
    if (text === undefined) return undefined;
    const at = readDate(text);
    if (!at) throw invalid(name, `${name}: "${text}" is not a date; write 2016-02-01T16:47:28Z.`);
    return at;
  };
  const dates = {
    startedFrom: date('start_date__gte'),
    startedTo: date('start_date__lte'),
    endedFrom: date('end_date__gte'),
    endedTo: date('end_date__lte'),
  };
  const object = filters.text('object');
  const related = filters.flag('include_related');
  filters.done();
  const reference = object === undefined ? null : readResourceUri(object);
  if (object !== undefined && !reference)
    throw invalid('object', `object: "${object}" is not the address of a resource.`);
  return {
    ...identity,
    ...(state === undefined ? {} : { states: [actionStateOf[state]] }),
    ...(Object.fromEntries(Object.entries(dates).filter(([, at]) => at !== undefined)) as Partial<ActionFilter>),
    ...(reference ? { resourceId: reference.id, includeRelated: related ?? false } : {}),
    ...readPage(query),
  };
}
