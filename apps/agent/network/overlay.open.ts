import { join } from 'node:path';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { bridgePrefix, tableName } from '#libs/domain/network/device-names.js';
import { addressTowards } from '../node-facts.js';
import type { KernelPort } from './kernel.port.js';
import { Overlay } from './overlay.js';
import { lockOverlay } from './overlay.lock.js';
import { findPlace, overlayRefusal } from './overlay.place.js';
import { ShellKernel } from './shell.kernel.js';

export interface OpenOverlayOptions {
  mode: 'on' | 'off' | 'auto';
  nodeId: string;
  /** Of the underlay; the one towards the gateways when not given. */
  address: string | undefined;
  gateways: readonly string[];
  driver: RuntimeDriver;
  /** Of the agent's state. */
  folder: string;
  log: Log;
}

const engineRetryMs = 1_000;
/** An agent that is just ending lets go. */
const lockWithinMs = 5_000;

/** The overlay of this node and its address on the underlay; nothing where it is off or, with `auto`, can't be. */
export async function openOverlay(
  options: OpenOverlayOptions,
): Promise<{ overlay?: Overlay; underlayAddress?: string }> {
  const { mode, nodeId, log } = options;
  const kernel = new ShellKernel();
  const given = options.address ?? (await addressTowards(options.gateways[0] ?? ''));
  if (mode === 'off') return options.address === undefined ? {} : { underlayAddress: given };
  try {
    const refusal = await overlayRefusal(kernel);
    if (refusal) throw new Error(refusal);
    if (!(await lockOverlay(lockWithinMs))) {
      throw new Error('Another agent on this machine makes private networks already.');
    }
    await takeOver(kernel, nodeId);
    const place = await findPlace(kernel, nodeId, given);
    const docker = (await engineKind(options)) === 'docker';
    log.info({ underlay: place.underlayAddress, mtu: place.mtu }, 'Private networks span nodes.');
    const overlay = new Overlay({
      kernel,
      driver: options.driver,
      place,
      docker,
      file: join(options.folder, 'network.json'),
      log,
    });
    return { overlay, underlayAddress: place.underlayAddress };
  } catch (error) {
    if (mode === 'on') throw error;
    log.warn({ reason: (error as Error).message }, 'Private networks end at this node.');
    return { underlayAddress: given };
  }
}

/**
 * Removes the packet filter of a node that this machine was before: it would cut off what it does not know. While
 * containers are on its bridges it is another platform's node, whose agent is only away, and everything is left to it.
 */
export async function takeOver(kernel: KernelPort, nodeId: string): Promise<void> {
  const { stdout } = await kernel.run('nft', ['list', 'tables', 'inet']);
  const foreign = [...stdout.matchAll(/^table inet (pierhead_[0-9a-f]{8})$/gm)].flatMap(([, name]) =>
    name === undefined || name === tableName(nodeId) ? [] : [name],
  );
  if (foreign.length === 0) return;
  const links = await kernel.run('ip', ['-o', 'link', 'show', 'type', 'bridge_slave']);
  if (new RegExp(` master ${bridgePrefix}\\d`).test(links.stdout)) {
    throw new Error(
      'Containers of another Pierhead node on this machine are in private networks: stop them, or remove that node.',
    );
  }
  for (const name of foreign) await kernel.run('nft', ['delete', 'table', 'inet', name]);
}

async function engineKind({ driver, log }: OpenOverlayOptions): Promise<string> {
  for (;;) {
    try {
      return (await driver.info()).engine;
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'Waiting for the container engine.');
      await new Promise((resolve) => setTimeout(resolve, engineRetryMs));
    }
  }
}
