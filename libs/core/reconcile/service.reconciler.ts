import { reconcileService } from '#libs/control/reconcile/service.reconcile.js';
import type { AddressView } from '#libs/control/snapshot.js';
import { Clock } from '#libs/platform/clock.js';
import { WakeUps } from '../agent/agent-directory.port.js';
import { holdForLinks } from '../discovery/link-gate.js';
import { AddressesExhausted } from '../network/project-networks.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { settleExpectations } from './action-settler.js';
import { surroundingsOf, type ContainerPlatform } from './container-maker.js';
import { applyService, type Applied } from './service.applier.js';
import { loadService } from './service-snapshot.js';
import type { Reconciler } from './reconciler.js';

/** Loads a service under its row lock, decides purely, commits the plan, wakes the nodes it concerns. */
export class ServiceReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
    private readonly platform: ContainerPlatform,
  ) {}

  async reconcile(serviceId: string): Promise<Date | null> {
    const applied = await this.decide(serviceId, null).catch((error: unknown) => {
      // Decided once more, knowing what is left: what has an address goes on, the rest is refused with a sentence.
      if (error instanceof AddressesExhausted) return this.decide(serviceId, error.room);
      throw error;
    });
    for (const nodeId of applied?.wake ?? []) this.wakeUps.wakeNode(nodeId);
    return applied?.lookAgainAt ?? null;
  }

  private decide(serviceId: string, addresses: AddressView | null): Promise<Applied | null> {
    return this.work.platform(async (tx) => {
      const now = this.clock.now();
      const loaded = await loadService(tx, serviceId, now);
      if (!loaded) return null;
      loaded.snapshot.addresses = addresses;
      await settleExpectations(tx, loaded.expectations, loaded.containers, now);
      let plan = reconcileService(loaded.snapshot);
      if (plan.create.length || plan.refusals.length) {
        // What is used on the nodes is counted only when something has to be placed.
        loaded.snapshot.nodes = await tx.nodes.candidates(loaded.service.organizationId, serviceId);
        plan = reconcileService(loaded.snapshot);
      }
      const surroundings = plan.create.length ? await surroundingsOf(tx, loaded, plan.create) : null;
      if (surroundings) plan = holdForLinks(plan, serviceId, loaded.deployment, surroundings.linked, now);
      return applyService(tx, loaded, plan, { ...this.platform, surroundings }, now);
    });
  }
}
