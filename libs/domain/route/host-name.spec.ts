import { canonicalHost, canonicalName, covers, namesAbove, ownedName } from './host-name.js';

describe('names of hosts', () => {
  it.each([
    ['Shop.Example.COM', 'shop.example.com'],
    ['shop.example.com.', 'shop.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a-b.c1.io', 'a-b.c1.io'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1.2.3.x4', '1.2.3.x4'],
  ])('reads %s as %s', (text, name) => expect(canonicalName(text)).toBe(name));

  it.each([
    '',
    'localhost',
    '.example.com',
    'a..b.com',
    '-a.example.com',
    'a-.example.com',
    '10.0.0.1',
    '::1',
    'a b.example',
    'user@ü.example',
    'ü.example/path',
    'ü.example:80',
    'a_b.example',
    '*.example.com',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}com`,
    'a.example\nb.example',
  ])('refuses %p', (text) => expect(canonicalName(text)).toBeNull());

  it('reads a star as the first label only', () => {
    expect(canonicalHost('*.Example.com')).toBe('*.example.com');
    for (const wrong of ['*.com', '*', 'a.*.example.com', '*.*.example.com', '*example.com', '*.10.0.0.1']) {
      expect(canonicalHost(wrong)).toBeNull();
    }
  });

  it('goes up from a host, the nearest name first, and never to the top alone', () => {
    expect(namesAbove('a.b.example.com')).toEqual(['a.b.example.com', 'b.example.com', 'example.com']);
    expect(namesAbove('*.example.com')).toEqual(['example.com']);
    expect(ownedName('*.example.com')).toBe('example.com');
  });

  it('lets a certificate’s star stand for one label', () => {
    expect(covers('*.example.com', 'a.example.com')).toBe(true);
    expect(covers('*.example.com', '*.example.com')).toBe(true);
    expect(covers('a.example.com', 'a.example.com')).toBe(true);
    expect(covers('*.example.com', 'example.com')).toBe(false);
    expect(covers('*.example.com', 'a.b.example.com')).toBe(false);
    expect(covers('*.example.com', '*.a.example.com')).toBe(false);
    expect(covers('a.example.com', '*.example.com')).toBe(false);
  });
});
