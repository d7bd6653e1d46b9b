import type { DeploymentView } from '../snapshot.js';

/** How a service that is linked to stands. */
export interface LinkedServiceView {
  id: string;
  name: string;
  /** Being brought up: an open deployment of it makes containers. */
  deploying: boolean;
  /** Wanted number; 0 for one with a container on every node. */
  replicas: number;
  /** Living containers of its present revision, and of how many the address is known, or that they have none. */
  containers: number;
  addressed: number;
  /** Ids of the services that it links to itself. */
  linksTo: readonly string[];
}

export interface Awaited {
  sentence: string;
  lookAgainAt: Date;
}

/** Variables of links are written once, so a deployment waits this long for what they say. */
export const patienceMs = 30_000;
const soonestMs = 100;
const latestMs = 2_000;

/**
 * Whether new containers of a service should wait because services they link to are being deployed and have not
 * all their addresses yet; null when they need not. Only in a deployment of its own, and only for a time: a linked
 * service that does not come up keeps nobody from running.
 */
export function awaitedLinks(
  serviceId: string,
  deployment: Pick<DeploymentView, 'kind' | 'startedAt'> | null,
  linked: readonly LinkedServiceView[],
  now: Date,
): Awaited | null {
  if (deployment === null || !['create', 'start', 'redeploy'].includes(deployment.kind)) return null;
  const waitedMs = Math.max(0, now.getTime() - deployment.startedAt.getTime());
  if (waitedMs >= patienceMs) return null;
  const missing = linked.filter((one) => one.id !== serviceId && isComing(one) && !waitsForUs(one, serviceId));
  if (missing.length === 0) return null;
  const names = missing.map((one) => `"${one.name}"`).join(', ');
  const inMs = Math.min(latestMs, Math.max(soonestMs, waitedMs / 4));
  return {
    sentence: `It waits for the addresses of ${names}, which it links to.`,
    lookAgainAt: new Date(now.getTime() + inMs),
  };
}

const isComing = (one: LinkedServiceView): boolean =>
  one.deploying && (one.addressed === 0 || one.addressed < Math.max(one.replicas, one.containers));

/** Of two services that link to each other the one with the lesser id goes first, whoever asks. */
const waitsForUs = (one: LinkedServiceView, serviceId: string): boolean =>
  one.linksTo.includes(serviceId) && serviceId < one.id;
