/** Slow on purpose, so never on a request's path: only where a password is given. */
export abstract class PasswordHasher {
  abstract hash(password: string): Promise<string>;
  /** Takes as long for a user without a password, or for no user at all (null), as for a wrong password. */
  abstract verify(hash: string | null, password: string): Promise<boolean>;
}
