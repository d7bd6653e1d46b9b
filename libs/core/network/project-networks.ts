import type { AddressView } from '#libs/control/snapshot.js';
import { DomainError } from '#libs/domain/error.js';
import { formatCidr, parseCidr } from '#libs/domain/network/cidr.js';
import {
  nextRange,
  nextVni,
  poolExhausted,
  rangeExhausted,
  searchSeed,
  type NetworkPool,
} from '#libs/domain/network/network-pool.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { AddressWish } from './network.repository.port.js';

/** How often addresses that another service took at the same moment are looked for anew. */
const attempts = 5;

/** There is no address for all that is to be placed. Nothing of the transaction may stand. */
export class AddressesExhausted extends DomainError {
  constructor(readonly room: AddressView) {
    super('unplaceable', room.sentence);
  }
}

/**
 * Gives projects their private networks and containers their addresses, inside the transaction that places them. The
 * usual case is one statement, and no row is held that another service of the project would wait for.
 */
export class ProjectNetworks {
  constructor(private readonly pool: NetworkPool) {}

  /** An address for every wish, by container. Throws `AddressesExhausted`. */
  async lease(
    tx: Transaction,
    project: { organizationId: string; projectId: string },
    wishes: readonly AddressWish[],
  ): Promise<Map<string, string>> {
    const given = new Map<string, string>();
    const [first] = wishes;
    if (!first) return given;
    const seed = searchSeed(first.serviceId ?? first.containerId);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const open = wishes.filter((wish) => !given.has(wish.containerId));
      for (const [container, address] of await tx.networks.lease(project.projectId, open, seed)) {
        given.set(container, address);
      }
      if (given.size === wishes.length) return given;
      if (attempt === 0) await this.ensure(tx, project);
    }
    const room = await tx.networks.room(project.projectId, first.serviceId);
    if (!room) throw new DomainError('stale', 'The project’s network was taken away meanwhile.');
    const missing = wishes.length - given.size;
    if (room.free >= missing) throw new DomainError('stale', 'Others took the same addresses meanwhile.');
    throw new AddressesExhausted({
      free: room.free,
      held: room.held,
      sentence: rangeExhausted(parseCidr(room.range)),
    });
  }

  /** The project's network, made when there is none. Throws `AddressesExhausted` when the pool has none left. */
  private async ensure(tx: Transaction, project: { organizationId: string; projectId: string }): Promise<void> {
    if (await tx.networks.get(project.projectId)) return;
    const all = await tx.networks.holdAll();
    if (all.some((one) => one.projectId === project.projectId)) return;
    const range = nextRange(
      this.pool,
      all.map((one) => parseCidr(one.range)),
    );
    const vni = nextVni(all.map((one) => one.vni));
    if (!range || vni === null) {
      throw new AddressesExhausted({ free: 0, held: [], sentence: poolExhausted(this.pool) });
    }
    await tx.networks.insert({ ...project, range: formatCidr(range), vni });
  }
}
