import { CredentialInvalidations, type InvalidatedSubject } from '#libs/core/identity/credential-invalidations.port.js';
import type { Principal } from '#libs/core/identity/principal.js';
import { CredentialCache } from './credential.cache.js';

class FakeInvalidations extends CredentialInvalidations {
  connected = true;
  private readonly listeners: ((subject: InvalidatedSubject) => void)[] = [];

  onInvalidated(listener: (subject: InvalidatedSubject) => void): void {
    this.listeners.push(listener);
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  say(subject: InvalidatedSubject): void {
    for (const listener of this.listeners) listener(subject);
  }
}

const principal = (userId: string, credentialId: string, organizationId: string): Principal => ({
  userId,
  userName: userId,
  isOperator: false,
  credential: { kind: 'session', id: credentialId },
  memberships: [{ organizationId, organizationName: organizationId, role: 'owner' }],
  projectMemberships: [],
  projects: [],
});
const ann = principal('ann', 'k1', 'o1');
const bob = principal('bob', 'k2', 'o2');

let line: FakeInvalidations;
let cache: CredentialCache;
beforeEach(() => {
  line = new FakeInvalidations();
  cache = new CredentialCache(line);
  cache.keep('ann', ann, null, cache.mark());
  cache.keep('bob', bob, null, cache.mark());
});

describe('good credentials', () => {
  it('are remembered', () => {
    expect(cache.find('ann')).toBe(ann);
    expect(cache.find('nobody')).toBeNull();
  });

  it.each<[InvalidatedSubject, boolean]>([
    [{ kind: 'user', id: 'ann' }, true],
    [{ kind: 'session', id: 'k1' }, true],
    [{ kind: 'api-key', id: 'k1' }, true],
    [{ kind: 'organization', id: 'o1' }, true],
    [{ kind: 'user', id: 'k1' }, false],
    [{ kind: 'organization', id: 'o3' }, false],
  ])('are forgotten when they changed: %p', (subject, forgotten) => {
    line.say(subject);
    expect(cache.find('ann')).toBe(forgotten ? null : ann);
    expect(cache.find('bob')).toBe(bob);
  });

  it.each<InvalidatedSubject>([{ kind: 'everything' }, { kind: 'signing-keys' }])('all of them: %p', (subject) => {
    line.say(subject);
    expect(cache.size).toBe(0);
  });

  it('are neither found nor kept while changes are not heard', () => {
    line.connected = false;
    expect(cache.find('ann')).toBeNull();
    cache.keep('eve', ann, null, cache.mark());
    line.connected = true;
    expect(cache.find('eve')).toBeNull();
  });

  it('that were read before a change and come after it are not kept', () => {
    const mark = cache.mark();
    line.say({ kind: 'user', id: 'somebody' });
    cache.keep('late', ann, null, mark);
    expect(cache.find('late')).toBeNull();
  });

  it('do not outlive themselves', () => {
    cache.keep('short', ann, new Date(Date.now() - 1), cache.mark());
    expect(cache.find('short')).toBeNull();
  });

  it('are ten thousand at most, the oldest go first', () => {
    for (let i = 0; i < 10_000; i++) cache.keep(`more-${i}`, ann, null, cache.mark());
    expect(cache.size).toBe(10_000);
    expect(cache.find('ann')).toBeNull();
    expect(cache.find('more-9999')).toBe(ann);
  });
});
