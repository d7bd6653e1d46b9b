import { isRouteBackend, serverKey, type BackendModel, type EdgeModel } from '../compile/model.js';
import { unusedAddress } from '../render/backend.js';
import type { ServerSlot } from './tables.js';

export interface ServerPlan {
  /** In the order in which they are to be run: whoever comes first, whoever goes last. */
  commands: string[];
  /** Backends that have no room for all of their servers. */
  full: string[];
}

type Slots = ReadonlyMap<string, readonly ServerSlot[]>;

/** What to tell one worker, so that exactly the model’s servers take new requests. Level-triggered: nothing when they do. */
export function planServers(running: Slots, model: EdgeModel): ServerPlan {
  const plan: ServerPlan = { commands: [], full: [] };
  const leaving: string[] = [];
  const wanted = new Map(model.backends.map((backend) => [backend.name, backend]));
  for (const [name, slots] of running) {
    if (!isRouteBackend(name)) continue;
    const backend = wanted.get(name);
    if (!backend) leaving.push(...slots.filter(({ maintenance }) => !maintenance).map((slot) => leave(name, slot)));
    else planBackend(backend, slots, plan, leaving);
  }
  plan.commands.push(...leaving);
  return plan;
}

function planBackend(backend: BackendModel, slots: readonly ServerSlot[], plan: ServerPlan, leaving: string[]): void {
  const byKey = new Map<string, ServerSlot>();
  for (const slot of slots) {
    const key = serverKey(slot);
    // Two slots with one address: the one that serves is the one that counts.
    if (!byKey.has(key) || byKey.get(key)?.maintenance) byKey.set(key, slot);
  }
  const kept = new Set<ServerSlot>();
  const arriving = backend.servers.filter((server) => {
    const slot = byKey.get(serverKey(server));
    if (!slot) return true;
    kept.add(slot);
    const at = `${backend.name}/${slot.name}`;
    if (slot.weight !== server.weight) plan.commands.push(`set server ${at} weight ${server.weight}`);
    if (slot.maintenance) plan.commands.push(`set server ${at} state ready`);
    return false;
  });
  // Never used before used: requests of somebody who left may still be under way on those.
  const free = slots
    .filter((slot) => slot.maintenance && !kept.has(slot))
    .sort((a, b) => Number(serverKey(b) === unusedAddress) - Number(serverKey(a) === unusedAddress));
  for (const server of arriving) {
    const slot = free.shift();
    if (!slot) {
      plan.full.push(backend.name);
      break;
    }
    const at = `${backend.name}/${slot.name}`;
    plan.commands.push(
      `set server ${at} addr ${server.address} port ${server.port}`,
      `set server ${at} weight ${server.weight}`,
      `set server ${at} state ready`,
    );
  }
  leaving.push(
    ...slots.filter((slot) => !slot.maintenance && !kept.has(slot)).map((slot) => leave(backend.name, slot)),
  );
}

/** Not `drain`: clients with a cookie would keep coming. What is under way goes on in both. */
const leave = (backend: string, slot: ServerSlot): string => `set server ${backend}/${slot.name} state maint`;
