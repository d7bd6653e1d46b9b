import type { TriggerCall } from '#libs/core/trigger/trigger.calls.js';
import type { TriggerFilter, TriggerRecord } from '#libs/core/trigger/trigger.repository.port.js';
import { invalid } from '#libs/domain/error.js';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { resourceUri } from '../wire/resource-uri.translate.js';
import type { TriggerCreation } from './trigger.wire.js';

/** Those that pull were made through another API, which redeploys with what it pulled. */
const operations = { redeploy: 'REDEPLOY', 'scale-up': 'SCALEUP', pull: 'REDEPLOY' } as const satisfies Record<
  TriggerOperation,
  string
>;

type Shown = Pick<TriggerRecord, 'id' | 'serviceId'>;
const addressBelow = ({ serviceId }: Shown, namespace: string, last: string): string =>
  `${resourceUri('service', namespace, serviceId)}trigger/${last}/`;

export const triggersUri = (serviceId: string, namespace: string): string =>
  `${resourceUri('service', namespace, serviceId)}trigger/`;

/** Where it is called with a credential; with the secret in place of the id, without one. */
export const callAddress = (trigger: Shown, namespace: string, secret: string | null = null): string =>
  `${addressBelow(trigger, namespace, secret ?? trigger.id)}call/`;

/** `secret` is known when the trigger is made, and never again. */
export const toTrigger = (trigger: TriggerRecord, namespace: string, secret: string | null = null) => ({
  last_called_datetime: wireDateOrNull(trigger.lastCalledAt),
  name: trigger.name,
  operation: operations[trigger.operation],
  resource_uri: addressBelow(trigger, namespace, trigger.id),
  url: callAddress(trigger, namespace, secret),
  uuid: trigger.id,
});

export const readTriggerCreation = (wire: TriggerCreation): { name: string | null; operation: TriggerOperation } => ({
  name: wire.name ? wire.name : null,
  operation: wire.operation === 'SCALEUP' ? 'scale-up' : 'redeploy',
});

/** The command line looks for one to delete by the beginning of its id, then by its name. */
export function readTriggerFilter(query: Query): TriggerFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  filters.done();
  return { ...identity, ...(name === undefined ? {} : { name }), ...readPage(query) };
}

const mostAtOnce = 100;
const bodyVariable = 'DOCKERCLOUD_TRIGGER_BODY';

/** The number at the end of the address, and the body as it was sent. */
export function readTriggerCall(count: string | undefined, body: unknown): TriggerCall {
  const number = count === undefined ? 1 : /^\d{1,3}$/.test(count) ? Number(count) : 0;
  if (number < 1 || number > mostAtOnce) throw invalid('count', `count: give a number from 1 to ${mostAtOnce}.`);
  const text = readText(body);
  return { count: number, environment: text === '' ? [] : [{ name: bodyVariable, value: text }] };
}

/** An environment variable holds text, and no zero byte. */
function readText(body: unknown): string {
  if (!Buffer.isBuffer(body)) return '';
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    if (!text.includes('\0')) return text;
  } catch {
    // Refused below.
  }
  throw invalid('body', 'body: it is handed on as an environment variable, so it has to be text.');
}
