import fc from 'fast-check';
import { decodeRegistryAuth, decodeRegistryConfig, encodeRegistryAuth, RegistryAuthError } from './registry-auth.js';

const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('registry credentials in a header', () => {
  it('come back as they were given, in URL-safe base64 with padding', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (username, password) => {
        const encoded = encodeRegistryAuth({ username, password });
        expect(encoded).toMatch(/^[\w-]*={0,2}$/);
        expect(encoded.length % 4).toBe(0);
        expect(decodeRegistryAuth(encoded)).toMatchObject({ username, password });
      }),
    );
  });

  it('are none where the header is absent, empty or of an anonymous client', () => {
    expect(decodeRegistryAuth(undefined)).toBeNull();
    expect(decodeRegistryAuth('')).toBeNull();
    expect(decodeRegistryAuth('e30=')).toEqual({});
  });

  it('are read from either alphabet and from the pair that config.json keeps', () => {
    expect(decodeRegistryAuth(header({ username: 'ü>?', password: 'p' }))).toMatchObject({ username: 'ü>?' });
    const auth = Buffer.from('user:pass:word').toString('base64');
    expect(decodeRegistryAuth(header({ auth }))).toMatchObject({ username: 'user', password: 'pass:word' });
    expect(decodeRegistryAuth(header({ identitytoken: 'tok' }))).toMatchObject({ identityToken: 'tok' });
  });

  it('are refused without being quoted', () => {
    for (const bad of ['%%%', header('secret'), header([1]), header({ username: 7 }), header(null)]) {
      expect(() => decodeRegistryAuth(bad)).toThrow(RegistryAuthError);
    }
    expect(() => decodeRegistryAuth(Buffer.from('{"password":"hush').toString('base64'))).toThrow(/^((?!hush).)*$/);
  });

  it('come by host for a build', () => {
    const config = decodeRegistryConfig(header({ 'r.example': { username: 'u', password: 'p' } }));
    expect(config).toMatchObject({ 'r.example': { username: 'u', password: 'p' } });
    expect(decodeRegistryConfig(undefined)).toEqual({});
    expect(() => decodeRegistryConfig(header([]))).toThrow(RegistryAuthError);
  });
});
