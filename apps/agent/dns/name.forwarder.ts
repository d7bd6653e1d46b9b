import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIPv6 } from 'node:net';
import { Slots } from '#libs/platform/concurrency/slots.js';
import { nameServer } from '../network/overlay.names.js';

export interface ForwarderOptions {
  /** Of the node: asked anew now and then, as it may move to another network. */
  servers: () => Promise<string[]>;
  port?: number;
  /** For one server. */
  timeoutMs?: number;
  /** Of one project: its questions hold up nobody else's. */
  mostAtOnce?: number;
}

/** Asks the node's own name servers, one after the other, what is none of the project's business. */
export class NameForwarder {
  private readonly slots = new Map<string, Slots>();
  private readonly timeoutMs: number;
  private readonly port: number;

  constructor(private readonly options: ForwarderOptions) {
    this.timeoutMs = options.timeoutMs ?? 2_000;
    this.port = options.port ?? 53;
  }

  /** The answer as it came, with the question's id; null when nobody answered. */
  async ask(question: Buffer, transport: 'udp' | 'tcp', projectId: string): Promise<Buffer | null> {
    const slots = this.slots.get(projectId) ?? new Slots(this.options.mostAtOnce ?? 64);
    this.slots.set(projectId, slots);
    return slots.run(async () => {
      for (const server of await this.options.servers()) {
        const answer = await this.askOne(server, question, transport).catch(() => null);
        if (answer) return answer;
      }
      return null;
    });
  }

  /** Under an id and from a port of our own, which a stranger can't guess. */
  private async askOne(server: string, question: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    const renamed = Buffer.from(question);
    renamed.writeUInt16BE(randomInt(0x10000), 0);
    const answer = await (transport === 'udp' ? this.overUdp(server, renamed) : this.overTcp(server, renamed));
    const given = Buffer.from(answer);
    question.copy(given, 0, 0, 2);
    return given;
  }

  private overUdp(server: string, question: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
      const timer = setTimeout(() => fail(new Error('No answer in time.')), this.timeoutMs);
      const end = () => {
        clearTimeout(timer);
        socket.close();
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      socket.once('error', fail);
      socket.on('message', (answer) => {
        if (answer.length < 12 || answer.readUInt16BE(0) !== question.readUInt16BE(0)) return;
        end();
        resolve(answer);
      });
      // Connected: nobody but the server is heard.
      socket.connect(this.port, server, () => socket.send(question));
    });
  }

  private overTcp(server: string, question: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: server, port: this.port, timeout: this.timeoutMs });
      let received = Buffer.alloc(0);
      socket.once('timeout', () => socket.destroy(new Error('No answer in time.')));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The name server hung up.')));
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        resolve(received.subarray(2, 2 + received.readUInt16BE(0)));
        socket.destroy();
      });
      socket.once('connect', () => socket.write(framed(question)));
    });
  }
}

/** With its length in front, as messages travel over TCP. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** The name servers of a resolv.conf, without our own. */
export const serversOf = (resolvConf: string): string[] =>
  [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map((match) => match[1] ?? '')
    .filter((server) => server !== nameServer);

const rereadMs = 5_000;

/** Reads the file again when what is known of it is a few seconds old. */
export function nodeServers(file = '/etc/resolv.conf'): () => Promise<string[]> {
  let known: { at: number; servers: string[] } | null = null;
  return async () => {
    if (known && Date.now() - known.at < rereadMs) return known.servers;
    const servers = await readFile(file, 'utf8').then(serversOf, () => known?.servers ?? []);
    known = { at: Date.now(), servers };
    return servers;
  };
}
