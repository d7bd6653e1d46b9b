import { DomainError, invalid } from '#libs/domain/error.js';
import { isWildcard, namesAbove, ownedName } from '#libs/domain/route/host-name.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { newDomain } from './domain.record.js';

/**
 * Whether the host is the organization’s. Names below the platform’s own domain are given to the first who asks, with
 * everything below them; that is written here. Errors: `invalid`, `conflict`, when it is somebody else’s for certain.
 */
export async function claimHost(
  tx: Transaction,
  context: RequestContext,
  host: string,
  defaultDomain: string | null,
  now: Date,
): Promise<boolean> {
  await tx.domains.holdOwners();
  const granted = grantedName(host, defaultDomain);
  // Whoever owns a name above the platform’s domain owns nothing below it.
  const names = namesAbove(host).filter((name) => !granted || name === granted || name.endsWith(`.${granted}`));
  const owner = await tx.domains.ownerOf(names);
  if (owner?.mine) return true;
  if (owner && granted) {
    throw new DomainError('conflict', `host: ${owner.name} is taken by another organization; choose another name.`, {
      field: 'host',
    });
  }
  if (!granted) return false;
  const domain = newDomain(context, granted, now);
  await tx.domains.insert({ ...domain, granted: true, verifiedAt: now, verifiedBy: 'default-domain' });
  return true;
}

/** The name directly below the platform’s domain; null when the host is elsewhere. */
export function grantedName(host: string, defaultDomain: string | null): string | null {
  const name = ownedName(host);
  if (defaultDomain === null) return null;
  if (name === defaultDomain) {
    throw invalid(
      'host',
      isWildcard(host)
        ? `host: every name below ${defaultDomain} at once can be nobody’s; choose one, and a star below it if you like.`
        : `host: ${defaultDomain} itself is the platform’s; choose a name below it.`,
    );
  }
  if (!name.endsWith(`.${defaultDomain}`)) return null;
  const label =
    name
      .slice(0, -defaultDomain.length - 1)
      .split('.')
      .at(-1) ?? '';
  return `${label}.${defaultDomain}`;
}
