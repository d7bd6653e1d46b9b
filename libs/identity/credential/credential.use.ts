import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Log } from '#libs/platform/log.js';
import type { CachedCredentialVerifier } from './cached.credential-verifier.js';

const everyMs = 60_000;

/** Writes down once a minute, and at the end, when keys were last used. */
export class CredentialUse implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly verifier: CachedCredentialVerifier,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), everyMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.write();
  }

  private async write(): Promise<void> {
    try {
      await this.verifier.noteUse();
    } catch (error) {
      this.log.warn({ err: error }, 'the last use of API keys was not noted');
    }
  }
}
