import type { Log } from '#libs/platform/log.js';
import { renewIdentity } from './enrollment.client.js';
import { validity, type IdentityStore, type NodeIdentity } from './identity.store.js';

const retryMs = 30_000;
const longestTimerMs = 2 ** 31 - 1;

/** Renews the node's certificate at a random point between 50 and 80 % of its life, so that nodes spread out. */
export class CertificateRenewal {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private identity: NodeIdentity,
    private readonly gateways: readonly string[],
    private readonly store: IdentityStore,
    private readonly log: Log,
    private readonly onRenewed: () => void,
    private readonly random: () => number = Math.random,
  ) {}

  get current(): NodeIdentity {
    return this.identity;
  }

  start(): void {
    const { from, to } = validity(this.identity);
    this.schedule(from + (to - from) * (0.5 + 0.3 * this.random()) - Date.now());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.renew(), Math.min(longestTimerMs, Math.max(0, ms)));
  }

  private async renew(): Promise<void> {
    for (const gateway of this.gateways) {
      try {
        const renewed = await renewIdentity(gateway, this.identity);
        await this.store.save(renewed);
        this.identity = renewed;
        this.log.info({ until: new Date(validity(renewed).to) }, 'The node’s certificate was renewed.');
        this.onRenewed();
        this.start();
        return;
      } catch (error) {
        this.log.warn({ gateway, err: error }, 'The node’s certificate could not be renewed yet.');
      }
      if (this.stopped) return;
    }
    this.schedule(retryMs);
  }
}
