import type { CertificateListLine, CertificateModel } from '../compile/model.js';
import { PromptConnection, RuntimeApiError } from './prompt.connection.js';
import {
  facts,
  listedCertificates,
  mapEntries,
  serverSlots,
  sessionCounts,
  workers,
  type ServerSlot,
  type Worker,
} from './tables.js';

const answerWithinMs = 10_000;

/** The master of a running load balancer. Each call is a conversation of its own, so that a reload between two does no harm. */
export class HaproxyMaster {
  constructor(private readonly socketPath: () => string) {}

  /** The one that takes new connections first; those that a reload replaced and that still serve after it. */
  async workers(): Promise<Worker[]> {
    return this.converse(async (connection) => workers((await connection.run(['show proc']))[0] ?? ''));
  }

  /** Starts a new worker with the configuration on disk. Resolves when that was asked for, not when it is done. */
  async reload(): Promise<void> {
    const connection = await PromptConnection.open(this.socketPath(), answerWithinMs);
    // The master starts anew at once and ends the conversation without an answer.
    await connection.run(['reload']).catch(() => undefined);
    connection.close();
  }

  async with<T>(pid: number, act: (session: WorkerSession) => Promise<T>): Promise<T> {
    return this.converse(async (connection) => {
      await connection.speakTo(pid);
      return act(new WorkerSession(connection));
    });
  }

  private async converse<T>(act: (connection: PromptConnection) => Promise<T>): Promise<T> {
    const connection = await PromptConnection.open(this.socketPath(), answerWithinMs);
    try {
      return await act(connection);
    } finally {
      connection.close();
    }
  }
}

/** A conversation with one worker. */
export class WorkerSession {
  constructor(private readonly connection: PromptConnection) {}

  async description(): Promise<string> {
    return facts(await this.ask('show info')).get('description') ?? '';
  }

  /** Of one backend, or of all. */
  async servers(backend?: string): Promise<Map<string, ServerSlot[]>> {
    return serverSlots(await this.ask(backend ? `show servers state ${backend}` : 'show servers state'));
  }

  /** "backend/server" → sessions and requests under way. */
  async sessions(backend: string): Promise<Map<string, number>> {
    return sessionCounts(await this.ask(`show stat ${backend} 4 -1`));
  }

  async map(file: string): Promise<Map<string, string>> {
    return mapEntries(await this.ask(`show map ${file}`));
  }

  async certificateList(list: string): Promise<(CertificateListLine & { number: number })[]> {
    return listedCertificates(await this.ask(`show ssl crt-list -n ${list}`));
  }

  /** @throws RuntimeApiError with what the load balancer says of the first command that it does not like */
  async run(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return;
    const answers = await this.connection.run(commands);
    for (const answer of answers) {
      const said = sentenceOf(answer);
      if (said && !harmless.test(said)) throw new RuntimeApiError(said);
    }
  }

  /** Takes the certificate in, new or instead of the one of the same file. Connections that stand keep the old one. */
  async setCertificate({ file, pem }: CertificateModel): Promise<void> {
    await this.connection.run([`new ssl cert ${file}`]);
    const [set = '', commit = ''] = await this.connection.run([
      `set ssl cert ${file} <<\n${pem}`,
      `commit ssl cert ${file}`,
    ]);
    if (/Success/.test(commit)) return;
    await this.connection.run([`abort ssl cert ${file}`]);
    const said = /Transaction (?:created|updated)/.test(set) ? commit : set;
    throw new RuntimeApiError(sentenceOf(said) || 'It was refused.');
  }

  /** Quiet when it is in use or not there. */
  async dropCertificate(file: string): Promise<void> {
    await this.connection.run([`del ssl cert ${file}`]);
  }

  private async ask(command: string): Promise<string> {
    return (await this.connection.run([command]))[0] ?? '';
  }
}

const longestSentence = 200;

/** One line of what it said, without the prompts for more lines. */
const sentenceOf = (answer: string): string =>
  answer
    .replace(/(?:^|\n)(?:\+ )+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longestSentence);

const harmless =
  /^(?:IP changed|port changed|no need to change|nothing changed|Success!|Inserting certificate|Deleting crt-list)/i;
