import type { CredentialInvalidations, InvalidatedSubject } from '#libs/core/identity/credential-invalidations.port.js';
import type { Principal } from '#libs/core/identity/principal.js';

const lifetimeMs = 5_000;
const capacity = 10_000;

interface Entry {
  principal: Principal;
  until: number;
}

/**
 * Good credentials of the last seconds, by the hash of their secret. Whatever changes one is announced and drops
 * it at once; the short lifetime is only for what might not be heard. Nothing is kept while announcements are not
 * heard, nor what was read before one arrived and is stored after it.
 */
export class CredentialCache {
  private readonly entries = new Map<string, Entry>();
  private heard = 0;

  constructor(private readonly invalidations: CredentialInvalidations) {
    invalidations.onInvalidated((subject) => this.drop(subject));
  }

  get size(): number {
    return this.entries.size;
  }

  find(key: string): Principal | null {
    if (!this.invalidations.connected) return null;
    const entry = this.entries.get(key);
    if (!entry) return null;
    if (entry.until > Date.now()) return entry.principal;
    this.entries.delete(key);
    return null;
  }

  /** To be taken before reading what `keep` is then given. */
  mark(): number {
    return this.heard;
  }

  keep(key: string, principal: Principal, expiresAt: Date | null, mark: number): void {
    if (!this.invalidations.connected || mark !== this.heard) return;
    const oldest = this.entries.size >= capacity ? this.entries.keys().next() : null;
    if (oldest && !oldest.done) this.entries.delete(oldest.value);
    const until = Math.min(Date.now() + lifetimeMs, expiresAt?.getTime() ?? Infinity);
    this.entries.set(key, { principal, until });
  }

  private drop(subject: InvalidatedSubject): void {
    this.heard++;
    if (subject.kind === 'everything' || subject.kind === 'signing-keys') return this.entries.clear();
    for (const [key, { principal }] of this.entries) {
      if (concerns(subject, principal)) this.entries.delete(key);
    }
  }
}

function concerns(subject: { kind: string; id: string }, principal: Principal): boolean {
  if (subject.kind === 'user') return principal.userId === subject.id;
  if (subject.kind !== 'organization') return principal.credential.id === subject.id;
  return [...principal.memberships, ...principal.projectMemberships].some((each) => each.organizationId === subject.id);
}
