import { Argon2PasswordHasher } from './argon2.password-hasher.js';

const hasher = new Argon2PasswordHasher();

it('makes argon2id hashes of the advised cost that verify', async () => {
  const hash = await hasher.hash('a long password');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hasher.verify(hash, 'a long password')).toBe(true);
  expect(await hasher.verify(hash, 'another')).toBe(false);
});

it('refuses where there is no hash, after computing one', async () => {
  expect(await hasher.verify(null, 'nobody has this password')).toBe(false);
});
