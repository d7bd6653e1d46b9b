import fc from 'fast-check';
import { DomainError } from '#libs/domain/error.js';
import { organizationRoles, projectRoles } from '#libs/domain/identity/role.js';
import type { Principal } from '../identity/principal.js';
import { contextFor, hasTenant, noTenant, type TenantReference } from './context-for.js';

const origin = { id: '1', ip: '::1', userAgent: '', method: 'GET', path: '/' };
const organizations = ['o1', 'o2', 'o3'];
const projects = organizations.flatMap((organizationId) =>
  ['a', 'b'].map((name) => ({
    id: `${organizationId}-${name}`,
    organizationId,
    namespace: `${organizationId}${name}`,
    name,
  })),
);

const principal: fc.Arbitrary<Principal> = fc
  .record({
    isOperator: fc.boolean(),
    memberships: fc.uniqueArray(
      fc.record({ organizationId: fc.constantFrom(...organizations), role: fc.constantFrom(...organizationRoles) }),
      { selector: (each) => each.organizationId },
    ),
    projectMemberships: fc.uniqueArray(
      fc.record({ project: fc.constantFrom(...projects), role: fc.constantFrom(...projectRoles) }),
      { selector: (each) => each.project.id },
    ),
    credential: fc.oneof(
      fc.constant({ kind: 'session' as const, id: 's' }),
      fc.constantFrom(...projects).chain((project) =>
        fc.record({
          kind: fc.constant('api-key' as const),
          id: fc.constant('k'),
          organizationId: fc.constant(project.organizationId),
          projectId: fc.constantFrom(null, project.id),
          access: fc.constantFrom('read' as const, 'write' as const),
          expiresAt: fc.constant(null),
        }),
      ),
    ),
  })
  .map(({ isOperator, memberships, projectMemberships, credential }) => ({
    userId: 'u',
    userName: 'user',
    isOperator,
    credential,
    memberships: memberships.map((each) => ({ ...each, organizationName: `${each.organizationId}-name` })),
    projectMemberships: projectMemberships.map(({ project, role }) => ({
      organizationId: project.organizationId,
      organizationName: `${project.organizationId}-name`,
      projectId: project.id,
      role,
    })),
    projects: projects.filter(
      (project) =>
        memberships.some((each) => each.organizationId === project.organizationId) ||
        projectMemberships.some((each) => each.project.id === project.id),
    ),
  }));

const reference: fc.Arbitrary<TenantReference | null> = fc.oneof(
  fc.constant(null),
  fc
    .constantFrom(...projects.flatMap((each) => [each.id, each.namespace]), 'absent')
    .map((idOrNamespace) => ({ kind: 'project' as const, idOrNamespace })),
  fc
    .constantFrom(...organizations, ...organizations.map((each) => `${each}-name`), 'absent')
    .map((idOrName) => ({ kind: 'organization' as const, idOrName })),
);

const tried = (who: Principal, where: TenantReference | null) => {
  try {
    return contextFor(who, where, origin);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect((error as DomainError).code).toBe('not-found');
    return null;
  }
};
const belongsTo = (who: Principal, organizationId: string) =>
  [...who.memberships, ...who.projectMemberships].some((each) => each.organizationId === organizationId);

describe('the context of a call', () => {
  it('is of a tenant the user belongs to, the one that was named, or of none', () => {
    fc.assert(
      fc.property(principal, reference, (who, where) => {
        const context = tried(who, where);
        if (!context || !hasTenant(context)) return;
        expect(belongsTo(who, context.organizationId)).toBe(true);
        if (where?.kind === 'project') expect([context.projectId, context.namespace]).toContain(where.idOrNamespace);
        if (where?.kind === 'organization') {
          expect([context.organizationId, context.organizationName]).toContain(where.idOrName);
        }
        const project = projects.find((each) => each.id === context.projectId);
        if (context.projectId !== noTenant) expect(project?.organizationId).toBe(context.organizationId);
      }),
    );
  });

  it('holds no role that was not given there', () => {
    fc.assert(
      fc.property(principal, reference, (who, where) => {
        const context = tried(who, where);
        for (const role of context?.roles ?? []) {
          const given =
            (role === 'operator' && who.isOperator) ||
            who.memberships.some((each) => {
              const same = each.organizationId === context?.organizationId;
              return same && (each.role === role || role.startsWith('project-'));
            }) ||
            who.projectMemberships.some((each) => each.projectId === context?.projectId && each.role === role);
          expect(given).toBe(true);
        }
      }),
    );
  });

  it('of a key stays in the key’s organization and project, and a project’s key holds nothing above it', () => {
    fc.assert(
      fc.property(principal, reference, (who, where) => {
        const context = tried(who, where);
        if (!context || who.credential.kind !== 'api-key') return;
        expect(context.access).toBe(who.credential.access);
        if (hasTenant(context)) expect(context.organizationId).toBe(who.credential.organizationId);
        if (who.credential.projectId === null) return;
        expect([who.credential.projectId, noTenant]).toContain(context.projectId);
        expect(context.roles.filter((role) => !role.startsWith('project-'))).toEqual([]);
      }),
    );
  });
});
