import { split } from 'shlex';
import { invalid } from '#libs/domain/error.js';

/** Splits a command as a POSIX shell would split it into words, without expanding anything. Null stays the image's own. */
export function readCommandLine(field: string, text: string | null | undefined): string[] | null {
  if (text === null || text === undefined || text.trim() === '') return null;
  try {
    return split(text);
  } catch {
    throw invalid(field, `${field}: a quotation mark or a backslash in "${text}" has no counterpart.`);
  }
}

/** The other way: reading it gives the same words. */
export const writeCommandLine = (words: readonly string[] | null): string | null =>
  words === null || words.length === 0 ? null : words.map(quote).join(' ');

/** The library's own quoting loses a word's end when it is a quotation mark behind a backslash. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
