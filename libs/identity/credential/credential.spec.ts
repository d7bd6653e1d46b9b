import { credentialIn } from './credential.js';

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('the credential of a request', () => {
  it.each([
    ['Basic', basic('ann:secret'), { userName: 'ann', secret: 'secret' }],
    ['Basic with colons in the secret', basic('ann:a:b'), { userName: 'ann', secret: 'a:b' }],
    [
      'basic in lower case',
      { authorization: basic('ann:s').authorization.replace('Basic', 'basic') },
      { userName: 'ann', secret: 's' },
    ],
    ['Bearer', { authorization: 'Bearer token' }, { userName: null, secret: 'token' }],
    ['X-Auth-Token', { 'x-auth-token': 'token' }, { userName: null, secret: 'token' }],
    ['X-Auth-Token with the scheme in it', { 'x-auth-token': 'bearer token' }, { userName: null, secret: 'token' }],
    ['X-Access-Token', { 'x-access-token': 'token' }, { userName: null, secret: 'token' }],
    ['the first of several', { 'x-access-token': ['one', 'two'] }, { userName: null, secret: 'one' }],
  ])('%s', (_name, headers, expected) => expect(credentialIn(headers)).toEqual(expected));

  it.each([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['Basic without a secret', basic('ann:')],
    ['Basic without a user', basic(':secret')],
    ['Basic that is no base64', { authorization: 'Basic %%%' }],
    ['another scheme', { authorization: 'Digest x' }],
    ['an endless one', { authorization: `Bearer ${'x'.repeat(9000)}` }],
  ])('is not there: %s', (_name, headers) => expect(credentialIn(headers)).toBeNull());
});
