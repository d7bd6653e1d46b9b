import { isDebianFamily, missingFrom, refusal } from './packages.js';

describe('missingFrom', () => {
  it('counts only what is fully installed', () => {
    const listing = 'podman ii \nrunc rc \niptables iU \ncatatonit ii\n';
    expect(missingFrom(listing, ['podman', 'runc', 'iptables', 'catatonit', 'redis-server', 'runc'])).toEqual([
      'runc',
      'iptables',
      'redis-server',
    ]);
  });
});

describe('isDebianFamily', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"\n', true],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID=fedora\nVERSION_ID=40\n', false],
    ['', false],
  ])('%j → %s', (text, expected) => {
    expect(isDebianFamily(text)).toBe(expected);
  });
});

describe('refusal', () => {
  it('is none for root on Debian', () => {
    expect(refusal(['podman'], 'ID=debian\n', true)).toBeUndefined();
  });

  it('says what to type to somebody else', () => {
    const sentence = refusal(['podman', 'runc'], 'ID=debian\n', false);
    expect(sentence).toContain('"sudo apt-get install --no-install-recommends podman runc"');
    expect(sentence).toContain('docker-compose.yml');
  });

  it('names the packages and the way out on another system', () => {
    expect(refusal(['podman'], 'ID=fedora\n', true)).toMatch(/not Debian or Ubuntu.*podman.*docker-compose\.yml/);
  });
});
