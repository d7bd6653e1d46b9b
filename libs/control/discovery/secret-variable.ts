import type { Variable } from '#libs/domain/discovery/naming.js';

/** Words that a name has between its underscores when it holds a secret; `PASS1` and `MYSQLPASSWORD` too. */
const words =
  /(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|SECRET|SECRETS|TOKEN|TOKENS|CREDENTIAL|CREDENTIALS|APIKEY|AUTH|SIGNATURE)\d*(?:_|$)/;
/** On their own these words are common names; with a word before them they are secrets. */
const keys =
  /(?:^|_)(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|MASTER|SSH|TLS|SSL|JWT|LICENSE|APP|AES|HMAC)_?KEYS?\d*(?:_|$)/;
/** An address with a password in it. */
const passwordInAddress = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*:[^\s/?#@]+@/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Whether a variable is taken for a secret and so stays out of links that do not ask for secrets. Guessed from the
 * name and the value, and rather once too often: what is left out is missed at once, what leaks is not.
 */
export function isSecret({ name, value }: Variable): boolean {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return words.test(upper) || keys.test(upper) || passwordInAddress.test(value) || privateKey.test(value);
}
