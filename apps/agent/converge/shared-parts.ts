import { isDeepStrictEqual } from 'node:util';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';

/** Containers of one service are told almost the same: what is equal is kept once, since a node may have a thousand. */
export class SharedParts {
  /** The latest of each service. */
  private readonly known = new Map<string, NodeAssignment>();

  /** An equal assignment, made of parts that are held already where they are the same. */
  take(given: NodeAssignment): NodeAssignment {
    if (given.serviceId === null) return given;
    const kin = this.known.get(given.serviceId);
    const own = kin ? shared(given, kin) : given;
    if (own.template) this.known.set(given.serviceId, own);
    return own;
  }

  /** The container is gone; its service may be too. */
  drop({ serviceId, containerId }: NodeAssignment): void {
    if (serviceId !== null && this.known.get(serviceId)?.containerId === containerId) this.known.delete(serviceId);
  }
}

const shared = (given: NodeAssignment, kin: NodeAssignment): NodeAssignment => ({
  ...given,
  organizationId: same(given.organizationId, kin.organizationId),
  projectId: same(given.projectId, kin.projectId),
  serviceId: kin.serviceId,
  serviceName: same(given.serviceName, kin.serviceName),
  template: same(given.template, kin.template),
  restart: same(given.restart, kin.restart),
  platformEnvironment: given.platformEnvironment.map((variable, at) => {
    const near = kin.platformEnvironment[at];
    if (near?.name !== variable.name) return variable;
    return near.value === variable.value ? near : { name: near.name, value: variable.value };
  }),
  volumesFrom: same(given.volumesFrom, kin.volumesFrom),
});

const same = <T>(given: T, held: T): T => (isDeepStrictEqual(given, held) ? held : given);
