/** When a third of its life is left: the issuer may fail for weeks before anybody notices. */
export const renewAt = (notBefore: Date, notAfter: Date): Date =>
  new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3);

const minute = 60_000;
const longest = 24 * 60 * minute;

/** How long a name is left alone after this many failures in a row: 1, 2, 4 minutes … a day. Issuers count failures. */
export const backOffMs = (failures: number): number =>
  Math.min(longest, minute * 2 ** Math.min(20, Math.max(0, failures - 1)));
