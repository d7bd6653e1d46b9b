import { newId } from '#libs/platform/id.js';
import { aCertificate, aDomain, aRoute } from '../store/route.records.js';
import type { Maker } from './resource.makers.js';
import type { TenantCast } from './cast.js';

const placeOf = ({ organization, project }: TenantCast) => ({ organizationId: organization.id, projectId: project.id });

export const route: Maker = async (cast, tenant) => {
  const made = aRoute(placeOf(tenant), []);
  await cast.work.platform((tx) => tx.routes.insert(made));
  return made.id;
};

/** Proven, so that nothing has to be looked for. */
export const domain: Maker = async (cast, tenant) => {
  const made = aDomain(placeOf(tenant), { verifiedAt: new Date(), verifiedBy: 'dns' });
  await cast.work.platform((tx) => tx.domains.insert(made));
  return made.id;
};

export const certificate: Maker = async (cast, tenant) => {
  const made = aCertificate(placeOf(tenant));
  await cast.work.platform((tx) => tx.certificates.insert(made, null));
  return made.id;
};

export const routeBody = () => ({ kind: 'tcp', targets: [{ serviceId: newId(), port: 80 }] });
