import { invalid } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { Query } from './page.translate.js';
import { readReference, type WireResource } from './resource-uri.translate.js';

/** Parameters that every list takes and that choose nothing. */
const always = new Set(['limit', 'offset', 'format']);

/** Reads a list's filters one by one; `done` refuses what none of them took, so that a typing error never widens a list. */
export class Filters {
  private readonly taken = new Set(always);

  constructor(private readonly query: Query) {}

  text(name: string): string | undefined {
    this.taken.add(name);
    const value = this.query[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw invalid(name, `${name}: give it once.`);
    return value;
  }

  /** One of the states of a table, whatever its capitals. */
  oneOf<T extends string>(name: string, states: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = states.find((state) => state.toLowerCase() === text.toLowerCase());
    if (!found) throw invalid(name, `${name}: "${text}" is not one of ${states.join(', ')}.`);
    return found;
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^(?:true|1)$/i.test(text)) return true;
    if (/^(?:false|0)$/i.test(text)) return false;
    throw invalid(name, `${name}: give true or false.`);
  }

  /** An address or an id; one of another kind matches nothing. */
  reference(name: string, resource: WireResource): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const id = readReference(resource, text);
    if (!id) throw invalid(name, `${name}: "${text}" is not the address of a ${resource}.`);
    return id;
  }

  /**
   * `uuid` and `uuid__startswith`. Clients try a name as the beginning of an id first: that matches nothing and is
   * no mistake.
   */
  identity(): { ids?: string[]; idPrefix?: string } {
    const id = this.text('uuid')?.toLowerCase();
    const prefix = this.text('uuid__startswith')?.toLowerCase();
    return {
      ...(id === undefined ? {} : { ids: isId(id) ? [id] : [] }),
      ...(prefix === undefined ? {} : /^[0-9a-f-]{1,36}$/.test(prefix) ? { idPrefix: prefix } : { ids: [] }),
    };
  }

  done(): void {
    const unknown = Object.keys(this.query).find((name) => name !== '' && !this.taken.has(name));
    if (unknown !== undefined) {
      const known = [...this.taken].filter((name) => !always.has(name)).join(', ');
      throw invalid(unknown, `${unknown}: this list has no such filter; it has ${known}.`);
    }
  }
}
