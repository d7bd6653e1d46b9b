import type { RequestContext } from '../tenancy/request-context.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { StackRecord } from './stack.repository.port.js';

export const defaultStackName = 'default';

type Place = Pick<RequestContext, 'organizationId' | 'projectId'>;

/** Every project has it: its id is the project's, so it can be addressed before it is stored. */
export const isDefaultStack = (place: Place, stackId: string): boolean => place.projectId === stackId;

/** As it looks while nothing was ever put into it. */
export const emptyDefaultStack = (place: Place, now: Date, name = defaultStackName): StackRecord => ({
  id: place.projectId,
  organizationId: place.organizationId,
  projectId: place.projectId,
  name,
  displayName: defaultStackName,
  intent: 'created',
  state: 'not-running',
  synchronized: true,
  deployedAt: null,
  destroyedAt: null,
  createdAt: now,
  rowVersion: 1,
});

/**
 * Stores and locks the project's default stack. Where another stack has taken its name, it is stored under one of its
 * own; one that was terminated through another API comes back to life.
 */
export async function lockDefaultStack(tx: Transaction, place: Place, now: Date): Promise<StackRecord | null> {
  const { projectId } = place;
  const present = await tx.stacks.lock(projectId, projectId);
  if (present) return present;
  await tx.quotas.take(place.organizationId, projectId, { stacks: 1 });
  const former = await tx.stacks.get(projectId, projectId);
  if (former) {
    const empty = emptyDefaultStack(place, now, former.name);
    await tx.stacks.update({ ...empty, createdAt: former.createdAt, rowVersion: former.rowVersion });
    return tx.stacks.lock(projectId, projectId);
  }
  for (const name of [defaultStackName, `${defaultStackName}-${projectId.slice(0, 8)}`]) {
    await tx.stacks.ensure(emptyDefaultStack(place, now, name));
    const made = await tx.stacks.lock(projectId, projectId);
    if (made) return made;
  }
  return null;
}
