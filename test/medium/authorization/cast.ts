import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '#apps/api/create-app.js';
import { AccessTokens } from '#libs/core/identity/access-tokens.port.js';
import { newApiKey, newOrganization, newProject, newUser } from '#libs/core/identity/new-records.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import {
  organizationRoles,
  projectRoles,
  type OrganizationRole,
  type ProjectRole,
  type Role,
} from '#libs/domain/identity/role.js';
import { apiConfig, readConfig } from '#libs/platform/config.js';
import { newId } from '#libs/platform/id.js';
import { createLog } from '#libs/platform/log.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

export interface TenantCast {
  organization: { id: string; name: string };
  project: { id: string; namespace: string };
  /** The owner's key, for making things. */
  owner: string;
}

const now = () => new Date();
let counter = 0;
export const unique = (word: string) => `${word}-${++counter}`;

/** The whole api over a real database, two tenants, and in the first of them somebody of every role. */
export class Cast {
  private readonly keys = new Map<Role, string>();
  private operator = '';
  readOnly = '';
  /** The name of a user without any role. */
  readonly somebody = unique('somebody');

  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly work: UnitOfWork,
    readonly own: TenantCast,
    readonly foreign: TenantCast,
    private readonly database: TestDatabase,
  ) {}

  static async open(): Promise<Cast> {
    const database = await createTestDatabase();
    const config = readConfig(apiConfig, {
      DATABASE_URL: database.url,
      PIERHEAD_MASTER_KEY_FILE: process.env.PIERHEAD_MASTER_KEY_FILE,
      REDIS_URL: process.env.TEST_REDIS_URL,
      PIERHEAD_REDIS_PREFIX: `test-${randomBytes(4).toString('hex')}`,
      PIERHEAD_RATE_LIMIT_PER_MINUTE: '1000000',
    });
    const app = await createApp(config, createLog('test', 'silent'));
    await app.listen(0, '127.0.0.1');
    const work = app.get<UnitOfWork>(UnitOfWork as never, { strict: false });
    const tenants = await work.platform(async (tx) => [await aTenant(tx), await aTenant(tx)] as const);
    const cast = new Cast(app, await app.getUrl(), work, ...tenants, database);
    await work.platform((tx) => cast.fill(tx));
    return cast;
  }

  /** The operator is in no organization, so it has no key; a session of its own each time, because one call ends it. */
  async as(role: Role): Promise<string> {
    return role === 'operator' ? this.login() : (this.keys.get(role) ?? '');
  }

  async call(method: string, path: string, credential: string | null, body?: unknown) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** As the tenant's owner; the answer's body. */
  async make(tenant: TenantCast, path: string, body: unknown): Promise<{ id: string } & Record<string, string>> {
    const answer = await this.call('POST', path, tenant.owner, body);
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    const made = JSON.parse(answer.text) as Record<string, string>;
    return { ...made, id: made['id'] ?? made['uuid'] ?? '' };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  private async fill(tx: Transaction): Promise<void> {
    for (const role of [...organizationRoles, ...projectRoles]) this.keys.set(role, await aMember(tx, this.own, role));
    this.readOnly = await aMember(tx, this.own, 'owner', 'read');
    await tx.identity.users.insert(newUser({ name: this.somebody }, now()));
    const operator = newUser({ name: unique('operator'), isOperator: true }, now());
    await tx.identity.users.insert(operator);
    this.operator = operator.id;
  }

  private async login(): Promise<string> {
    const sessionId = await this.session(this.operator);
    const tokens = this.app.get<AccessTokens>(AccessTokens as never, { strict: false });
    return tokens.issue({ userId: this.operator, sessionId });
  }

  async session(userId: string): Promise<string> {
    const session = {
      id: newId(),
      userId,
      refreshHash: randomBytes(32),
      previousRefreshHash: null,
      expiresAt: new Date(Date.now() + 3_600_000),
      revokedAt: null,
      ip: null,
      createdAt: now(),
    };
    await this.work.platform((tx) => tx.identity.sessions.insert(session));
    return session.id;
  }
}

async function aTenant(tx: Transaction): Promise<TenantCast> {
  const organization = newOrganization(unique('tenant'), 'A tenant', now());
  await tx.identity.organizations.insert(organization);
  const project = newProject(organization.id, 'default', organization.name, 'A project', now());
  await tx.identity.projects.insert(project);
  const tenant = { organization, project, owner: '' };
  return { ...tenant, owner: await aMember(tx, tenant, 'owner') };
}

/** A user who has this role and no other, with a key. */
async function aMember(
  tx: Transaction,
  { organization, project }: TenantCast,
  role: OrganizationRole | ProjectRole,
  access: 'read' | 'write' = 'write',
): Promise<string> {
  const user = newUser({ name: unique(role) }, now());
  await tx.identity.users.insert(user);
  if (isProjectRole(role)) await tx.identity.projects.setMember(organization.id, project.id, user.id, role);
  else await tx.identity.organizations.setMember(organization.id, user.id, role);
  const key = newApiKey(
    { organizationId: organization.id, projectId: null, userId: user.id, name: 'key', access, expiresAt: null },
    now(),
  );
  await tx.identity.apiKeys.insert(key.record);
  return key.secret;
}

const isProjectRole = (role: OrganizationRole | ProjectRole): role is ProjectRole =>
  (projectRoles as readonly string[]).includes(role);
