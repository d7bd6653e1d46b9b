import { InnerAddressError, isInner, outerLookup } from './outbound.guard.js';

describe('the guard of what is asked for tenants', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::a00:1',
    'not an address',
  ])('keeps %s inside', (address) => expect(isInner(address)).toBe(true));

  it.each(['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
    'lets %s be asked',
    (address) => expect(isInner(address)).toBe(false),
  );

  it('refuses a name that leads inside', async () => {
    const error = await new Promise((resolve) => outerLookup('localhost', {}, resolve));
    expect(error).toBeInstanceOf(InnerAddressError);
  });
});
