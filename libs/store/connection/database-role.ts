import { deriveKey } from '#libs/platform/crypto/derive.js';

export const databaseRoles = ['pierhead_tenant', 'pierhead_platform'] as const;
export type DatabaseRole = (typeof databaseRoles)[number];

/** Passwords of the two roles follow from the master key, so that nobody has to hand them round. */
export const rolePassword = (masterKey: Buffer, role: DatabaseRole): string =>
  deriveKey(masterKey, `database:${role}`).toString('base64url');

/** The owner's address with another role in it. */
export function roleUrl(ownerUrl: string, role: DatabaseRole, masterKey: Buffer): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = rolePassword(masterKey, role);
  return url.toString();
}
