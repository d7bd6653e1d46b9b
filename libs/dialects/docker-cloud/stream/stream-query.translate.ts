import { invalid } from '#libs/domain/error.js';
import { readCommandLine } from '../wire/command-line.translate.js';
import { Filters } from '../wire/filter.translate.js';
import type { Query } from '../wire/page.translate.js';
import { readResourceUri } from '../wire/resource-uri.translate.js';

const defaultTail = 300;

/** `tail` lines from the end (300; `all` for every one) and whether to `follow` (true). */
export function readLogQuery(query: Query): { tail: number | null; follow: boolean } {
  const filters = new Filters(query);
  const text = filters.text('tail');
  const follow = filters.flag('follow') ?? true;
  if (text === undefined) return { tail: defaultTail, follow };
  if (text === 'all' || text === 'None') return { tail: null, follow };
  if (!/^\d{1,9}$/.test(text)) throw invalid('tail', 'tail: give a number of lines, or all.');
  return { tail: Number(text), follow };
}

export interface ExecQuery {
  command: string[];
  tty: boolean;
  size: { columns: number; rows: number } | null;
}

/** `command` (sh), and of our own: `tty` (true), `columns` and `rows`. */
export function readExecQuery(query: Query): ExecQuery {
  const filters = new Filters(query);
  const number = (name: string): number | null => {
    const text = filters.text(name);
    if (text === undefined) return null;
    if (!/^[1-9]\d{0,3}$/.test(text)) throw invalid(name, `${name}: give a number from 1 to 9999.`);
    return Number(text);
  };
  const command = readCommandLine('command', filters.text('command')) ?? ['sh'];
  const [columns, rows] = [number('columns'), number('rows')];
  return { command, tty: filters.flag('tty') ?? true, size: columns && rows ? { columns, rows } : null };
}

export const eventTypeNames = ['stack', 'service', 'container', 'nodecluster', 'node', 'action'] as const;
export type EventTypeName = (typeof eventTypeNames)[number];

export interface EventQuery {
  types: readonly EventTypeName[];
  object: string | null;
  /** Events of what is below one of these; null: of everything. */
  parents: readonly string[] | null;
}

/** `type` (several with commas or repeated), `object` and `parent`, which SDKs call `parents` (addresses with commas). */
export function readEventQuery(query: Query): EventQuery {
  const types = several(query, 'type').map((text) => {
    const found = eventTypeNames.find((name) => name === text.toLowerCase());
    if (!found) throw invalid('type', `type: "${text}" is not one of ${eventTypeNames.join(', ')}.`);
    return found;
  });
  const idOf = (name: string, text: string): string => {
    const reference = readResourceUri(text);
    if (!reference) throw invalid(name, `${name}: "${text}" is not the address of a resource.`);
    return reference.id;
  };
  const object = new Filters({ object: query['object'] }).text('object');
  const parents = ['parent', 'parents'].flatMap((name) => several(query, name).map((text) => idOf(name, text)));
  return {
    types: types.length ? types : eventTypeNames,
    object: object === undefined ? null : idOf('object', object),
    parents: parents.length ? parents : null,
  };
}

/** Values of a parameter that may be repeated and may have commas. */
const several = (query: Query, name: string): string[] =>
  ([query[name]].flat(1) as unknown[]).flatMap((text) =>
    typeof text === 'string' ? text.split(',').filter((part) => part !== '') : [],
  );
