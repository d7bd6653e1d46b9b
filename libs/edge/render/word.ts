const plain = /^[A-Za-z0-9_./:*,=+@%-]+$/;
const printable = /^[\x20-\x7e]*$/;

/**
 * One argument of a directive. Inside single quotes everything but the quote itself is literal, so nothing that
 * stands in one can become a directive, a comment or a variable.
 * @throws when the text can’t be written so; what reaches this was checked before, so that is a mistake of ours
 */
export function word(text: string | number): string {
  const given = String(text);
  if (plain.test(given)) return given;
  if (!printable.test(given) || given.includes("'")) throw new Error('A word of the load balancer’s configuration.');
  return `'${given}'`;
}

/** A directive with arguments that are written as given when they are ours, see `word` for those that are not. */
export const line = (...words: (string | number)[]): string => `  ${words.join(' ')}`;
