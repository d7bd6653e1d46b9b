import type { Role } from '#libs/domain/identity/role.js';

/**
 * What is protected. `member` is an organization's, `project-member` a project's; `audit` is the record of actions
 * in a project, `organization-audit` that of the whole organization, `platform-audit` that of the platform's own.
 */
export const protectedResources = [
  'stack',
  'service',
  'container',
  'logs',
  'exec',
  'volume',
  'volume-data',
  'file-share',
  'backup-target',
  'backup-schedule',
  'backup',
  'route',
  'domain',
  'certificate',
  'trigger',
  'registry',
  'event',
  'audit',
  'organization-audit',
  'platform-audit',
  'network',
  'network-pool',
  'public-ip',
  'public-ip-pool',
  'node',
  'node-cluster',
  'join-token',
  'organization',
  'project',
  'member',
  'project-member',
  'user',
  'profile',
  'api-key',
  'quota',
  'signing-key',
] as const;
export type ProtectedResource = (typeof protectedResources)[number];

/**
 * `operate` takes a node in and out of service (cordon, uncordon, drain), cancels or repeats an action, and moves a
 * project's containers between nodes.
 */
export const protectedVerbs = [
  'read',
  'create',
  'update',
  'delete',
  'start',
  'stop',
  'restart',
  'redeploy',
  'scale',
  'operate',
] as const;
export type ProtectedVerb = (typeof protectedVerbs)[number];

const viewers = [
  'owner',
  'admin',
  'developer',
  'auditor',
  'project-admin',
  'project-developer',
  'project-auditor',
] as const satisfies Role[];
const builders = ['owner', 'admin', 'developer', 'project-admin', 'project-developer'] as const satisfies Role[];
const organizationAdmins = ['owner', 'admin'] as const satisfies Role[];
const projectAdmins = ['owner', 'admin', 'project-admin'] as const satisfies Role[];
const members = ['owner', 'admin', 'developer', 'auditor'] as const satisfies Role[];

/** Any user with a good credential, whatever the role: for what is the user's own. */
export const everyone = 'everyone';
export type Holders = readonly Role[] | typeof everyone;

const defined = { read: viewers, create: builders, update: builders, delete: builders };
const run = { ...defined, start: builders, stop: builders, restart: builders, redeploy: builders, scale: builders };
const operatorToo = (roles: readonly Role[]): readonly Role[] => [...roles, 'operator'];
const nodeAdmins = operatorToo(organizationAdmins);

/**
 * Who may do what: the only place that says so. A verb that is missing is allowed to nobody. The operator is in
 * the platform's own rows only; what tenants run is theirs, unless the operator is a member too.
 */
export const authorizationTable: Readonly<Record<ProtectedResource, Partial<Record<ProtectedVerb, Holders>>>> = {
  stack: run,
  service: run,
  container: run,
  /** `operate` takes a volume with one writer from its writer. */
  volume: { ...defined, operate: projectAdmins },
  'volume-data': { read: builders, update: builders },
  /** Space is the organization’s to give; whoever may make volumes may put them on a share that is there. */
  'file-share': {
    read: viewers,
    create: organizationAdmins,
    update: organizationAdmins,
    delete: organizationAdmins,
  },
  'backup-target': defined,
  'backup-schedule': defined,
  /** `operate` restores one. */
  backup: { read: viewers, create: builders, operate: builders, delete: builders },
  route: defined,
  domain: defined,
  certificate: defined,
  trigger: { read: viewers, create: builders, delete: builders, start: builders },
  registry: defined,
  logs: { read: viewers },
  exec: { create: builders },
  event: { read: viewers },
  audit: { read: viewers, operate: builders },
  'organization-audit': { read: ['owner', 'admin', 'auditor', 'operator'] },
  'platform-audit': { read: ['operator'] },
  network: { read: viewers },
  'network-pool': { read: ['operator'] },
  'public-ip': defined,
  'public-ip-pool': { read: ['operator'], create: ['operator'], delete: ['operator'] },
  node: { read: operatorToo(viewers), update: nodeAdmins, operate: nodeAdmins, delete: nodeAdmins },
  'node-cluster': {
    read: operatorToo(viewers),
    create: nodeAdmins,
    update: nodeAdmins,
    delete: nodeAdmins,
    operate: nodeAdmins,
  },
  'join-token': { read: nodeAdmins, create: nodeAdmins, delete: nodeAdmins },
  organization: {
    read: operatorToo(viewers),
    create: ['operator'],
    update: ['owner', 'operator'],
    delete: ['operator'],
  },
  project: {
    read: operatorToo(viewers),
    create: organizationAdmins,
    update: projectAdmins,
    operate: builders,
    delete: organizationAdmins,
  },
  member: { read: operatorToo(members), create: nodeAdmins, update: nodeAdmins, delete: nodeAdmins },
  'project-member': { read: viewers, create: projectAdmins, update: projectAdmins, delete: projectAdmins },
  user: { read: ['operator'], create: ['operator'], update: ['operator'], delete: ['operator'] },
  profile: { read: everyone, update: everyone, delete: everyone },
  'api-key': { read: viewers, create: viewers, update: viewers, delete: viewers },
  quota: { read: operatorToo(viewers), update: ['owner', 'operator'] },
  'signing-key': { read: ['operator'], create: ['operator'], delete: ['operator'] },
};

/** What a read-only credential may do. */
export const isReading = (verb: ProtectedVerb): boolean => verb === 'read';

export const holdersOf = (resource: ProtectedResource, verb: ProtectedVerb): Holders =>
  authorizationTable[resource][verb] ?? [];
