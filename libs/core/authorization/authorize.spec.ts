import { DomainError } from '#libs/domain/error.js';
import { roles, type Role } from '#libs/domain/identity/role.js';
import { authorize, refusalOf } from './authorize.js';
import { authorizationTable, everyone, holdersOf, protectedResources, protectedVerbs } from './table.js';

const may = (role: Role, resource: (typeof protectedResources)[number], verb: (typeof protectedVerbs)[number]) =>
  refusalOf({ roles: [role], access: 'write' }, resource, verb) === null;
const pairs = protectedResources.flatMap((resource) =>
  protectedVerbs.filter((verb) => authorizationTable[resource][verb]).map((verb) => [resource, verb] as const),
);

describe('the table', () => {
  it('names each resource with at least one verb, and roles that there are', () => {
    expect(Object.keys(authorizationTable).sort()).toEqual([...protectedResources].sort());
    for (const [resource, verb] of pairs) {
      const holders = holdersOf(resource, verb);
      if (holders === everyone) continue;
      expect(holders.length).toBeGreaterThan(0);
      for (const role of holders) expect(roles).toContain(role);
    }
  });

  it('lets the operator near nothing that tenants run', () => {
    const tenants = ['stack', 'service', 'container', 'volume', 'logs', 'exec', 'event', 'audit'] as const;
    for (const resource of tenants)
      for (const verb of protectedVerbs) expect(may('operator', resource, verb)).toBe(false);
  });

  it('lets auditors read only, but for what is their own', () => {
    for (const role of ['auditor', 'project-auditor'] as const) {
      for (const [resource, verb] of pairs) {
        if (verb === 'read' || resource === 'profile' || resource === 'api-key') continue;
        expect(may(role, resource, verb)).toBe(false);
      }
    }
  });

  it('gives a project’s role nothing that the organization’s role of the same name has not', () => {
    for (const [resource, verb] of pairs) {
      for (const name of ['admin', 'developer', 'auditor'] as const) {
        if (may(`project-${name}`, resource, verb)) expect(may(name, resource, verb)).toBe(true);
      }
    }
  });

  it('gives owners all that admins have', () => {
    for (const [resource, verb] of pairs)
      if (may('admin', resource, verb)) expect(may('owner', resource, verb)).toBe(true);
  });
});

describe('authorize', () => {
  it('says who may, and what a reading credential may not', () => {
    const denied = () => authorize({ roles: ['developer'], access: 'write' }, 'node-cluster', 'create');
    expect(denied).toThrow(
      new DomainError('forbidden', 'The role developer may not create node cluster; owner, admin, operator may.'),
    );
    expect(refusalOf({ roles: ['owner'], access: 'read' }, 'stack', 'start')).toBe(
      'This credential may only read, not start.',
    );
    expect(refusalOf({ roles: [], access: 'write' }, 'stack', 'read')).toContain('Without a role here');
    expect(refusalOf({ roles: [], access: 'write' }, 'profile', 'read')).toBeNull();
  });

  it('lets nobody do what the table does not name', () => {
    for (const role of roles) expect(may(role, 'logs', 'delete')).toBe(false);
  });
});
