import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { CredentialInvalidations, type InvalidatedSubject } from '#libs/core/identity/credential-invalidations.port.js';
import type { Log } from '#libs/platform/log.js';
import { credentialChannel, heard } from './credential.announcement.js';

const beatMs = 1_000;
const answerMs = 2_000;
const slowestRetryMs = 5_000;

/**
 * Listens on a connection of its own. The line is tried every second, because a cut one may stay silent for ever,
 * and while it is down `connected` is false: nobody remembers anything then.
 */
export class PostgresCredentialListener extends CredentialInvalidations implements OnModuleInit, OnApplicationShutdown {
  private readonly listeners = new Set<(subject: InvalidatedSubject) => void>();
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private failures = 0;

  constructor(
    private readonly url: string,
    private readonly log: Log,
  ) {
    super();
  }

  get connected(): boolean {
    return this.client !== null;
  }

  onInvalidated(listener: (subject: InvalidatedSubject) => void): void {
    this.listeners.add(listener);
  }

  onModuleInit(): Promise<void> {
    return this.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Returns when it listens, or when the first try failed; it goes on trying by itself. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'pierhead-credentials',
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
    });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', (message) => this.tell(heard(message.payload)));
    try {
      await client.connect();
      await client.query(`LISTEN ${credentialChannel}`);
    } catch (error) {
      this.log.warn({ err: error }, 'credential changes cannot be followed; every credential is looked up meanwhile');
      await client.end().catch(() => undefined);
      return this.again();
    }
    if (this.stopped) return client.end();
    this.client = client;
    this.failures = 0;
    // Changes between the loss and now were not heard.
    this.tell({ kind: 'everything' });
    this.beat(client);
  }

  /** PostgreSQL hands over what is waiting before it answers. */
  async settle(): Promise<void> {
    const client = this.client;
    if (!client) return;
    await client.query('SELECT 1').catch(() => this.lose(client));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private beat(client: pg.Client): void {
    this.timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.client === client && this.beat(client),
        () => this.lose(client),
      );
    }, beatMs).unref();
  }

  private lose(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = null;
    this.tell({ kind: 'everything' });
    if (this.timer) clearTimeout(this.timer);
    client.end().catch(() => undefined);
    this.again();
  }

  private again(): void {
    if (this.stopped) return;
    const delay = Math.min(slowestRetryMs, 100 * 2 ** this.failures++);
    this.timer = setTimeout(() => void this.start(), delay).unref();
  }

  private tell(subject: InvalidatedSubject): void {
    for (const listener of this.listeners) listener(subject);
  }
}
