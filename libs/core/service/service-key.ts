import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import { newId } from '#libs/platform/id.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import { serviceUserName } from '../identity/names.js';
import { mintApiKey } from '../identity/secret.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { DeploymentRecord } from './deployment.repository.port.js';
import type { ServiceKeyVault } from './service-key.vault.js';
import type { ServiceRecord } from './service.repository.port.js';

/** Their containers get a key of their own; others take the newest one that is in use. */
const rotating: readonly DeploymentKind[] = ['create', 'start', 'redeploy'];

/**
 * The key that new containers of a service with a role are given, made when there is none for them yet: one for all
 * containers of a deployment. It may do in its project what a developer may, and ends when no container holds it.
 */
export async function keyForContainers(
  tx: Transaction,
  vault: ServiceKeyVault,
  service: ServiceRecord,
  deployment: DeploymentRecord | null,
  containers: readonly ContainerRecord[],
  now: Date,
): Promise<string> {
  const known = knownKey(deployment, containers);
  if (known) return known;
  const { secret, prefix, hash } = mintApiKey();
  const id = newId();
  await tx.identity.apiKeys.insert({
    id,
    organizationId: service.organizationId,
    projectId: service.projectId,
    userId: null,
    serviceId: service.id,
    name: serviceUserName(service.name),
    prefix,
    secretHash: hash,
    secretSealed: vault.seal(secret, id),
    access: 'write',
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: now,
  });
  return id;
}

function knownKey(deployment: DeploymentRecord | null, containers: readonly ContainerRecord[]): string | null {
  const holders = containers.filter((one) => one.apiKeyId !== null && one.removedAt === null);
  const own = deployment && holders.find((one) => one.deploymentId === deployment.id);
  if (own) return own.apiKeyId;
  if (deployment && rotating.includes(deployment.kind)) return null;
  return holders.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]?.apiKeyId ?? null;
}
