import { Slots } from '#libs/platform/concurrency/slots.js';
import type { KernelPort } from './kernel.port.js';

const nonlocalBind = 'ipv4/ip_nonlocal_bind';
/** It sends at once and then waits for answers that nobody gives. */
const patience = '0.3';
const atOnce = 16;

/**
 * Gratuitous ARP: tells neighbours on a device which hardware address an address has now. Behind everybody's back,
 * as each takes its time: what is in force does not depend on it.
 */
export class Announcer {
  private readonly slots = new Slots(atOnce);
  /** Announcements under way of addresses that are not this node's, and the setting as it was before the first. */
  private foreign = 0;
  private before: Promise<string | null> | null = null;
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly kernel: KernelPort) {}

  /** @param own whether the address is one of this node's */
  announce(device: string, address: string, own: boolean): void {
    const sent = this.slots.run(() => (own ? this.send(device, address) : this.asAnother(device, address)));
    this.work = Promise.allSettled([this.work, sent]);
  }

  /** Resolves when everything so far was sent. */
  async idle(): Promise<void> {
    await this.work;
  }

  private async send(device: string, address: string): Promise<void> {
    await this.kernel.run('timeout', [patience, 'arping', '-q', '-U', '-c', '1', '-I', device, '-s', address, address]);
  }

  /** Only with the setting may a program speak for an address that the machine does not have. */
  private async asAnother(device: string, address: string): Promise<void> {
    this.foreign += 1;
    try {
      this.before ??= this.allow();
      await this.before;
      await this.send(device, address);
    } finally {
      this.foreign -= 1;
      if (this.foreign === 0) await this.restore();
    }
  }

  private async allow(): Promise<string | null> {
    const before = await this.kernel.readSetting(nonlocalBind);
    if (before === '0') await this.kernel.writeSetting(nonlocalBind, '1');
    return before;
  }

  private async restore(): Promise<void> {
    const before = this.before;
    this.before = null;
    if ((await before) === '0' && this.foreign === 0) await this.kernel.writeSetting(nonlocalBind, '0');
  }
}
