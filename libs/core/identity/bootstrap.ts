import { Clock } from '#libs/platform/clock.js';
import { AuthorityPin } from '../node/enrollment.port.js';
import { noTenant } from '../tenancy/context-for.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { userlessAction } from './audit.js';
import { mintJoinToken } from './join-token.text.js';
import { newApiKey, newOrganization, newProject, newUser } from './new-records.js';
import { PasswordHasher } from './password-hasher.port.js';
import { defaultShareLimit } from '../file-share/file-share.settings.js';
import { randomText } from './secret.js';

export interface FirstNames {
  organization: string;
  user: string;
}

export interface Bootstrapped {
  organization: string;
  /** The project's id. */
  project: string;
  namespace: string;
  user: string;
  /** Secrets are told when they are made and never again. */
  password?: string;
  apiKey?: string;
  joinToken?: string;
  created: boolean;
}

const passwordLength = 24;
const joinTokenMs = 24 * 3_600_000;

/** Gives an empty platform its first operator, organization, project and key; makes only what is missing. */
export class Bootstrap {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly passwords: PasswordHasher,
    private readonly pin: AuthorityPin,
  ) {}

  async run(names: FirstNames, wantsJoinToken: boolean): Promise<Bootstrapped> {
    const now = this.clock.now();
    const password = randomText(passwordLength);
    const passwordHash = await this.passwords.hash(password);
    const token = await mintJoinToken(
      {
        organizationId: null,
        nodeClusterId: null,
        tags: [],
        expiresAt: new Date(now.getTime() + joinTokenMs),
        createdBy: null,
      },
      this.pin,
      now,
    );
    return this.work.platform(async (tx) => {
      const user = await this.user(tx, names.user, passwordHash, now);
      const organization = await this.organization(tx, names.organization, now);
      const project = await this.project(tx, organization.record, now);
      if (!(await tx.identity.organizations.member(organization.record.id, user.record.id))) {
        await tx.identity.organizations.setMember(organization.record.id, user.record.id, 'owner');
      }
      const created = user.made || organization.made || project.made;
      const key = created ? await this.key(tx, organization.record.id, user.record.id, now) : null;
      if (created || wantsJoinToken) await tx.identity.joinTokens.insert(token.record);
      return {
        organization: organization.record.name,
        project: project.record.id,
        namespace: project.record.namespace,
        user: user.record.name,
        ...(user.made ? { password } : {}),
        ...(key ? { apiKey: key } : {}),
        ...(created || wantsJoinToken ? { joinToken: token.text } : {}),
        created,
      };
    });
  }

  private async user(tx: Transaction, name: string, passwordHash: string, now: Date) {
    const known = await tx.identity.users.get(name);
    if (known) return { record: known, made: false };
    const record = newUser({ name, displayName: 'Operator', passwordHash, isOperator: true }, now);
    await tx.identity.users.insert(record);
    const subject = { resourceType: 'user' as const, resourceId: record.id, resourceName: name };
    await tx.actions.insert(userlessAction(null, 'bootstrap', subject, now));
    return { record, made: true };
  }

  private async organization(tx: Transaction, name: string, now: Date) {
    const known = await tx.identity.organizations.get(name);
    if (known) return { record: known, made: false };
    const record = newOrganization(name, name, now);
    await tx.identity.organizations.insert(record);
    await tx.quotas.setLimit(record.id, null, 'fileShares', defaultShareLimit);
    const subject = { resourceType: 'organization' as const, resourceId: record.id, resourceName: name };
    await tx.actions.insert(userlessAction(record.id, 'bootstrap', subject, now));
    return { record, made: true };
  }

  private async project(tx: Transaction, organization: { id: string; name: string }, now: Date) {
    const { rows } = await tx.identity.projects.list(organization.id, 1, 0);
    if (rows[0]) return { record: rows[0], made: false };
    const record = newProject(organization.id, 'default', organization.name, organization.name, now);
    await tx.quotas.take(organization.id, noTenant, { projects: 1 });
    await tx.identity.projects.insert(record);
    return { record, made: true };
  }

  private async key(tx: Transaction, organizationId: string, userId: string, now: Date): Promise<string> {
    const given = {
      organizationId,
      projectId: null,
      userId,
      name: 'bootstrap',
      access: 'write' as const,
      expiresAt: null,
    };
    const { record, secret } = newApiKey(given, now);
    await tx.identity.apiKeys.insert(record);
    return secret;
  }
}
