import { invalid } from '#libs/domain/error.js';

/** More than any definition needs; what is deeper would only exhaust the stack of whoever walks it next. */
const deepest = 64;

const sentence = (field: string, what: string): string => (field ? `${field}: ${what}` : what);

/**
 * Refuses what is JSON and yet can't be stored or looked at: text with U+0000 or half a surrogate pair, in values and
 * in names, and values nested without end. Throws `invalid` naming the field.
 */
export function requireWellFormed(value: unknown): void {
  const open: { value: unknown; field: string; depth: number }[] = [{ value, field: '', depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: current, field, depth } = next;
    if (typeof current === 'string') requireText(current, field);
    if (typeof current !== 'object' || current === null) continue;
    if (depth === deepest) throw invalid(topOf(field), sentence(topOf(field), 'This is nested too deeply.'));
    for (const [name, inner] of Object.entries(current)) {
      requireText(name, field);
      open.push({ value: inner, field: field ? `${field}.${name}` : name, depth: depth + 1 });
    }
  }
}

/** A field that is sixty-four levels deep says nothing that its first level does not. */
const topOf = (field: string): string => field.split('.', 1)[0] ?? '';

function requireText(text: string, field: string): void {
  if (!text.includes('\0') && !/\p{Surrogate}/u.test(text)) return;
  throw invalid(field, sentence(field, 'Text may hold neither U+0000 nor half a surrogate pair.'));
}
