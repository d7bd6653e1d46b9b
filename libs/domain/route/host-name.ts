const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** Two labels at least; the last one is no number, so that an IPv4 address is none. */
const namePattern = new RegExp(`^(?:${label}\\.)+(?=[a-z0-9-]*[a-z])${label}$`);
const mostCharacters = 253;
const wildcard = '*.';

/**
 * A name as DNS compares it: lower case, no dot at the end, letters beyond ASCII as `xn--` writes them. Null when it
 * is no name of at least two labels.
 */
export function canonicalName(text: string): string | null {
  const plain = text.trim().toLowerCase().replace(/\.$/, '');
  const name = /^[a-z0-9.-]*$/.test(plain) ? plain : encoded(plain);
  return name.length <= mostCharacters && namePattern.test(name) ? name : null;
}

/** As `canonicalName`, also for `*.name`, which stands for every name with exactly one label more. */
export function canonicalHost(text: string): string | null {
  const plain = text.trim();
  if (!plain.startsWith(wildcard)) return canonicalName(plain);
  const base = canonicalName(plain.slice(wildcard.length));
  return base === null || base.length + wildcard.length > mostCharacters ? null : wildcard + base;
}

export const isWildcard = (host: string): boolean => host.startsWith(wildcard);

/** The name whose owner may serve the host: a wildcard’s is what stands behind its star. */
export const ownedName = (host: string): string => (isWildcard(host) ? host.slice(wildcard.length) : host);

/** The name itself, then each name above it: who owns one of them owns the host, the nearest before the others. */
export function namesAbove(host: string): string[] {
  const labels = ownedName(host).split('.');
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
}

/** A certificate’s name stands for the host: equal, or a wildcard over exactly one label. */
export const covers = (certificateName: string, host: string): boolean =>
  certificateName === host ||
  (isWildcard(certificateName) &&
    !isWildcard(host) &&
    host.slice(host.indexOf('.') + 1) === ownedName(certificateName));

/** IDNA as browsers do it; a text that is no host gives one that is no name. */
function encoded(text: string): string {
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(text)) return '';
  try {
    return new URL(`http://${text}`).hostname;
  } catch {
    return '';
  }
}
