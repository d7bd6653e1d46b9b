import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { DecodedPacket } from 'dns-packet';
import type { Log } from '#libs/platform/log.js';
import { type Asked, answerTo } from './name.answer.js';
import { framed, type NameForwarder } from './name.forwarder.js';
import { encodeAnswer, encodeRefusal, readQuery, responseCodes, udpLimit } from './name.message.js';

export interface NameServerOptions {
  address: string;
  port: number;
  /** The project and the container that a question comes from; null for an address that is none of this node's. */
  asked: (source: string) => Asked | null;
  forwarder: NameForwarder;
  log: Log;
}

export type NameOutcome = 'answered' | 'empty' | 'absent' | 'forwarded' | 'failed' | 'refused';

const mostTcpBytes = 65_535;
const mostConnections = 512;
const tcpIdleMs = 10_000;

/** Answers containers' questions: of their own project from what is known here, of the rest by asking others. */
export class NameServer {
  readonly outcomes: Record<NameOutcome, number> = {
    ...{ answered: 0, empty: 0, absent: 0 },
    ...{ forwarded: 0, failed: 0, refused: 0 },
  };
  private udp: UdpSocket | null = null;
  private tcp: Server | null = null;

  constructor(private readonly options: NameServerOptions) {}

  get listening(): boolean {
    return this.udp !== null && this.tcp !== null;
  }

  /** Where it answers; the port is the system's choice when 0 was given. */
  get port(): number {
    return (this.tcp?.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Rejects while the address is not there or somebody else answers on it. May be tried again. */
  async start(): Promise<void> {
    if (this.listening) return;
    const { address, port } = this.options;
    try {
      this.tcp ??= await this.bindTcp(address, port);
      this.udp ??= await this.bindUdp(address, this.port);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.udp?.close();
    this.tcp?.close();
    this.udp = null;
    this.tcp = null;
  }

  private bindUdp(address: string, port: number): Promise<UdpSocket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind(port, address, () => {
        socket.removeListener('error', reject);
        socket.on('error', (error) => this.options.log.warn({ err: error }, 'The name service’s socket failed.'));
        resolve(socket);
      });
      socket.on('message', (message, from) => {
        void this.reply(message, from.address, 'udp').then((answer) => {
          if (answer && this.udp === socket) socket.send(answer, from.port, from.address);
        });
      });
    });
  }

  private bindTcp(address: string, port: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => this.converse(socket));
      server.maxConnections = mostConnections;
      server.once('error', reject);
      server.listen(port, address, () => {
        server.removeListener('error', reject);
        server.on('error', (error) => this.options.log.warn({ err: error }, 'The name service’s socket failed.'));
        resolve(server);
      });
    });
  }

  private converse(socket: Socket): void {
    const source = socket.remoteAddress ?? '';
    let received = Buffer.alloc(0);
    socket.setTimeout(tcpIdleMs, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const message = Buffer.from(received.subarray(2, end));
        received = received.subarray(end);
        void this.reply(message, source, 'tcp').then((answer) => {
          if (answer && !socket.destroyed) socket.write(framed(answer));
        });
      }
    });
  }

  private async reply(message: Buffer, source: string, transport: 'udp' | 'tcp'): Promise<Buffer | null> {
    try {
      const query = readQuery(message);
      return query && (await this.answer(query, message, source, transport));
    } catch (error) {
      this.options.log.warn({ err: error }, 'A question for a name could not be answered.');
      return null;
    }
  }

  private async answer(
    query: DecodedPacket,
    message: Buffer,
    source: string,
    transport: 'udp' | 'tcp',
  ): Promise<Buffer | null> {
    const question = query.questions?.[0];
    if (!question || query.questions?.length !== 1) return encodeRefusal(query, responseCodes.format);
    const asked = this.options.asked(source);
    if (!asked) return this.counted('refused', encodeRefusal(query, responseCodes.refused));
    const answer = answerTo(question, asked);
    if (answer.kind === 'elsewhere') {
      const given = await this.options.forwarder.ask(message, transport, asked.projectId);
      if (given) return this.counted('forwarded', given);
      return this.counted('failed', encodeRefusal(query, responseCodes.failure));
    }
    const limit = transport === 'tcp' ? mostTcpBytes : udpLimit(query);
    const outcome = answer.kind === 'absent' ? 'absent' : answer.kind === 'nothing' ? 'empty' : 'answered';
    return this.counted(outcome, encodeAnswer(query, answer, limit));
  }

  private counted(outcome: NameOutcome, answer: Buffer): Buffer {
    this.outcomes[outcome] += 1;
    return answer;
  }
}
