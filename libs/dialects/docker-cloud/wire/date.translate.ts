const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (value: number): string => String(value).padStart(2, '0');

/** `Mon, 13 Oct 2014 11:01:43 +0000`: clients read it with exactly this pattern. */
export const wireDate = (at: Date): string =>
  `${days[at.getUTCDay()]}, ${two(at.getUTCDate())} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()} ` +
  `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;

export const wireDateOrNull = (at: Date | null): string | null => (at ? wireDate(at) : null);

/** Events use ISO 8601, without fractions of a second. */
export const eventDate = (at: Date): string => at.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** A date of a filter: RFC 1123 or ISO 8601; a date alone is its first moment in UTC. Null when it is neither. */
export function readDate(text: string): Date | null {
  const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
  const rfc = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:\+0000|GMT|UTC)$/.test(text);
  if (!iso && !rfc) return null;
  const zoned = iso && text.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text.replace(' ', 'T')}Z` : text;
  const at = new Date(zoned);
  return Number.isNaN(at.getTime()) ? null : at;
}
