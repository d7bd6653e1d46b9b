import { awaitedLinks, type LinkedServiceView } from '#libs/control/discovery/awaited-links.js';
import type { DeploymentView, ServicePlan } from '#libs/control/snapshot.js';
import type { LinkedServiceRecord } from './discovery.repository.port.js';

/** The plan without its new containers while services they link to have not all their addresses yet. */
export function holdForLinks(
  plan: ServicePlan,
  serviceId: string,
  deployment: DeploymentView | null,
  linked: readonly LinkedServiceRecord[],
  now: Date,
): ServicePlan {
  const awaited = awaitedLinks(serviceId, deployment, linked.map(toView), now);
  if (awaited === null) return plan;
  const { sentence, lookAgainAt } = awaited;
  const [first] = plan.create;
  return {
    ...plan,
    create: [],
    refusals: [...plan.refusals, { ordinal: first?.ordinal ?? 1, kind: 'not-now', sentence }],
    lookAgainAt: plan.lookAgainAt !== null && plan.lookAgainAt < lookAgainAt ? plan.lookAgainAt : lookAgainAt,
  };
}

function toView(one: LinkedServiceRecord): LinkedServiceView {
  const present = one.containers.filter((container) => container.revision === one.revision);
  return {
    id: one.id,
    name: one.name,
    deploying: one.deploying,
    replicas: one.spec.placement.strategy === 'every-node' ? 0 : one.replicas,
    containers: present.length,
    addressed: present.filter((container) => container.state === 'running' || container.address).length,
    linksTo: one.spec.links.map((link) => link.serviceId),
  };
}
