import { hash, verify } from '@node-rs/argon2';
import { PasswordHasher } from '#libs/core/identity/password-hasher.port.js';

/** OWASP's least for argon2id (the library's default kind): 19 MiB, 2 passes, 1 lane; about 18 ms of one core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export class Argon2PasswordHasher extends PasswordHasher {
  private decoy: Promise<string> | null = null;

  hash(password: string): Promise<string> {
    return hash(password, cost);
  }

  async verify(known: string | null, password: string): Promise<boolean> {
    this.decoy ??= this.hash('nobody has this password');
    const good = await verify(known ?? (await this.decoy), password);
    return known !== null && good;
  }
}
