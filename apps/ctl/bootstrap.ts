// node dist/apps/ctl/bootstrap.js [--join-token]: prints one JSON object and nothing else on standard output.
import { Bootstrap } from '#libs/core/identity/bootstrap.js';
import { CertificateAuthority } from '#libs/identity/certificate/certificate-authority.js';
import { Argon2PasswordHasher } from '#libs/identity/password/argon2.password-hasher.js';
import { StoredSigningKeys } from '#libs/identity/token/stored.signing-keys.js';
import { SystemClock } from '#libs/platform/clock.js';
import { migrateConfig, readConfig } from '#libs/platform/config.js';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { roleUrl } from '#libs/store/connection/database-role.js';
import { PostgresUnitOfWork } from '#libs/store/connection/postgres.unit-of-work.js';

const first = { organization: 'harbor', user: 'admin' };

async function bootstrap(wantsJoinToken: boolean) {
  const config = readConfig(migrateConfig);
  const masterKey = config.PIERHEAD_MASTER_KEY_FILE;
  const source = createDataSource(roleUrl(config.DATABASE_URL, 'pierhead_platform', masterKey), {
    poolSize: 2,
    applicationName: 'pierhead-bootstrap',
  });
  await source.initialize();
  try {
    const clock = new SystemClock();
    // Nothing here is a tenant's work, so the tenant role is not needed.
    const work = new PostgresUnitOfWork(source, source);
    const authority = new CertificateAuthority(work, clock, masterKey);
    await authority.ensure();
    await new StoredSigningKeys(work, clock, masterKey, null).signingKey();
    return await new Bootstrap(work, clock, new Argon2PasswordHasher(), authority).run(first, wantsJoinToken);
  } finally {
    await source.destroy();
  }
}

try {
  process.stdout.write(`${JSON.stringify(await bootstrap(process.argv.includes('--join-token')))}\n`);
} catch (error) {
  process.stderr.write(`The platform was not set up: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
