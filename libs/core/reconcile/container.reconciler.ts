import type { ServiceView } from '#libs/control/snapshot.js';
import { placeContainers } from '#libs/control/schedule/place-containers.js';
import { claimRefusal } from '#libs/control/schedule/volume-claims.js';
import { serviceSpec } from '#libs/domain/service/spec.js';
import { Clock } from '#libs/platform/clock.js';
import { DomainError } from '#libs/domain/error.js';
import { WakeUps } from '../agent/agent-directory.port.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import { AddressesExhausted, type ProjectNetworks } from '../network/project-networks.js';
import type { HeldVolume } from '../volume/volume.repository.port.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { networkEvent } from '../network/network.event.js';
import { end, settleExpectations } from './action-settler.js';
import type { Reconciler } from './reconciler.js';
import { writeVolumes } from '../volume/container-volumes.js';
import { shareNodes, VolumeBook } from '../volume/volume.book.js';
import { demandOf, volumeNames } from './service-snapshot.js';

const waitMs = 5_000;

/** Places a standalone container and ends the actions that wait for it. It is never moved: its data is on its node. */
export class ContainerReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
    private readonly networks: ProjectNetworks,
  ) {}

  async reconcile(containerId: string): Promise<Date | null> {
    const outcome = await this.work.platform(async (tx) => {
      const now = this.clock.now();
      const container = await tx.containers.lockAny(containerId);
      if (!container || container.serviceId) return null;
      await settleExpectations(tx, await tx.actions.openExpectations(containerId), [container], now);
      if (container.removedAt || container.nodeId || container.desired === 'removed') return null;
      return this.place(tx, container, now);
    });
    for (const nodeId of outcome?.wake ?? []) this.wakeUps.wakeNode(nodeId);
    return outcome?.lookAgainAt ?? null;
  }

  private async place(
    tx: Transaction,
    container: ContainerRecord,
    now: Date,
  ): Promise<{ wake: string[]; lookAgainAt: Date | null }> {
    const spec = serviceSpec.parse({ name: container.name, template: container.template });
    const names = volumeNames(spec);
    const volumes = names.length ? await tx.volumes.forContainers(container.projectId, null, names) : [];
    const demand = demandOf(spec, volumes);
    const nodes = await tx.nodes.candidates(container.organizationId, null);
    const { placement, restart, rollout, autodestroy, sequential } = spec;
    const service: ServiceView = {
      ...{ id: container.id, name: container.name, intent: 'running', replicas: 1, revision: 1, colocateWith: [] },
      routing: null,
      ...{ placement, restart, rollout, autodestroy, sequential },
    };
    const held = claimRefusal(1, demand.claims, new Set());
    const revision = { number: 1, demand, instances: new Map() };
    const { placed, refusals } = held
      ? { placed: [], refusals: [held] }
      : placeContainers(service, revision, [{ ordinal: 1, nodeId: null }], nodes);
    const [place] = placed;
    if (!place) return this.refuse(tx, container, refusals[0]?.kind === 'never' ? refusals[0].sentence : null, now);
    if (spec.template.networkMode === 'bridge') {
      const refusal = await this.giveAddress(tx, container);
      if (refusal) return this.refuse(tx, container, refusal, now);
    }
    // Nodes before volumes, as services do.
    await tx.containers.place([{ id: container.id, nodeId: place.nodeId, hostPorts: demand.hostPorts }]);
    const shareNodes = await this.giveVolumes(tx, container, place.nodeId, volumes, now);
    if ((await tx.reconcile.overcommitted([place.nodeId])).length)
      throw new DomainError('stale', 'A node filled up meanwhile.');
    await tx.events.append([networkEvent(container)]);
    return { wake: [place.nodeId, ...shareNodes], lookAgainAt: null };
  }

  /** A sentence when there is no address for it; nothing was written then. */
  private async giveAddress(tx: Transaction, container: ContainerRecord): Promise<string | null> {
    try {
      const wish = { containerId: container.id, serviceId: null, ordinal: container.ordinal };
      const address = (await this.networks.lease(tx, container, [wish])).get(container.id);
      if (address) await tx.containers.address(container.id, address);
      return null;
    } catch (error) {
      if (error instanceof AddressesExhausted) return error.message;
      throw error;
    }
  }

  /** It goes on waiting; an action learns of what will not pass by itself. */
  private async refuse(tx: Transaction, { id }: ContainerRecord, sentence: string | null, now: Date) {
    if (sentence)
      for (const action of await tx.actions.openExpectations(id)) await end(tx, action, 'failed', sentence, now);
    return { wake: [], lookAgainAt: new Date(now.getTime() + waitMs) };
  }

  private async giveVolumes(
    tx: Transaction,
    { id, organizationId, projectId, template }: ContainerRecord,
    nodeId: string,
    volumes: readonly HeldVolume[],
    now: Date,
  ): Promise<string[]> {
    if (!template) return [];
    const book = new VolumeBook(volumes, now);
    book.take({ containerId: id, organizationId, projectId, nodeId, service: null, instance: '1', epoch: 0, template });
    await writeVolumes(tx, book, now);
    return shareNodes(volumes, book);
  }
}
