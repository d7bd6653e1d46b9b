import { heard } from './credential.announcement.js';

it('reads what was announced', () => {
  expect(heard('{"kind":"user","id":"x"}')).toEqual({ kind: 'user', id: 'x' });
  expect(heard('{"kind":"signing-keys"}')).toEqual({ kind: 'signing-keys' });
});

it.each([undefined, '', 'nonsense', '{}', '{"kind":"unknown"}', 'null'])('takes %p as the worst', (payload) => {
  expect(heard(payload)).toEqual({ kind: 'everything' });
});
