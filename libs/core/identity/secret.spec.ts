import { hashSecret, looksLikeApiKey, mintApiKey, mintRefreshToken } from './secret.js';

describe('an API key', () => {
  it('begins with what it is recognised by and is looked up by its hash', () => {
    const { secret, prefix, hash } = mintApiKey();
    expect(secret).toMatch(/^ph_[0-9A-Za-z]{8}_[0-9A-Za-z]{40}$/);
    expect(secret.startsWith(`${prefix}_`)).toBe(true);
    expect(hash.equals(hashSecret(secret))).toBe(true);
    expect(looksLikeApiKey(secret)).toBe(true);
  });

  it('is another one each time, and no other secret looks like one', () => {
    expect(new Set(Array.from({ length: 100 }, () => mintApiKey().secret)).size).toBe(100);
    for (const other of ['', 'ph_', 'eyJhbGciOiJSUzI1NiJ9.e30.x', mintRefreshToken().secret]) {
      expect(looksLikeApiKey(other)).toBe(false);
    }
  });
});
