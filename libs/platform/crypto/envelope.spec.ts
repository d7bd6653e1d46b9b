import { randomBytes } from 'node:crypto';
import { openEnvelope, sealEnvelope } from './envelope.js';

describe('an envelope', () => {
  const key = randomBytes(32);
  const plain = Buffer.from('a long secret, ü');

  it('opens with its key and context only, and not when a bit was changed', () => {
    const sealed = sealEnvelope(key, plain, 'row 1');
    expect(openEnvelope(key, sealed, 'row 1')).toEqual(plain);
    expect(() => openEnvelope(randomBytes(32), sealed, 'row 1')).toThrow();
    expect(() => openEnvelope(key, sealed, 'row 2')).toThrow();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => openEnvelope(key, changed, 'row 1')).toThrow();
    }
  });

  it('never looks the same twice, nor shows what it holds', () => {
    const [one, two] = [sealEnvelope(key, plain, 'row'), sealEnvelope(key, plain, 'row')];
    expect(one.equals(two)).toBe(false);
    expect(one.includes('secret')).toBe(false);
  });

  it('may be empty', () => expect(openEnvelope(key, sealEnvelope(key, Buffer.alloc(0), ''), '')).toHaveLength(0));
});
