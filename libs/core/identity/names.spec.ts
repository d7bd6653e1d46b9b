import { checkLabel, checkPassword, checkTags, checkUserName } from './names.js';

describe('names', () => {
  it.each(['a', 'harbor', 'team-7', 'a'.repeat(63)])('%s is a label', (name) => {
    expect(checkLabel('name', name)).toBe(name);
  });

  it.each([
    '',
    'Harbor',
    '-a',
    'a-',
    'a.b',
    'a b',
    'ä',
    'a'.repeat(64),
    'stack',
    'nodecluster',
    '7fe7ec85-58be-4904-81da-de2219098d7c',
  ])('%p is no label', (name) => {
    expect(() => checkLabel('name', name)).toThrow(/^name: /);
  });

  it('of users stand before a colon and are no id', () => {
    expect(checkUserName('name', 'ann.b_c-d')).toBe('ann.b_c-d');
    for (const name of ['a:b', 'a@b', '', '7fe7ec85-58be-4904-81da-de2219098d7c']) {
      expect(() => checkUserName('name', name)).toThrow();
    }
  });

  it('passwords are neither short nor endless', () => {
    expect(() => checkPassword('password', 'ninechars')).toThrow('10 to 256');
    expect(() => checkPassword('password', 'x'.repeat(257))).toThrow('10 to 256');
    expect(checkPassword('password', 'ten chars!')).toBe('ten chars!');
  });

  it('tags come once each', () => {
    expect(checkTags('tags', ['ssd', 'builder=3', 'ssd'])).toEqual(['ssd', 'builder=3']);
    expect(() => checkTags('tags', ['a b'])).toThrow('tags');
    expect(() =>
      checkTags(
        'tags',
        Array.from({ length: 65 }, (_, i) => `t${i}`),
      ),
    ).toThrow('at most 64');
  });
});
