import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { decode, encode, type Answer } from 'dns-packet';

/** A DNS server on loopback that knows what a test tells it. Names that it knows nothing of do not exist. */
export class FakeDnsServer {
  private readonly texts = new Map<string, string[]>();
  private readonly addresses = new Map<string, string>();
  /** False: it hears and says nothing. */
  answers = true;
  queries = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (message, from) => {
      this.queries += 1;
      if (this.answers) socket.send(this.answer(message), from.port, from.address);
    });
  }

  static async start(): Promise<FakeDnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new FakeDnsServer(socket);
  }

  /** `address:port`, as resolvers take it. */
  get address(): string {
    const { address, port } = this.socket.address() as AddressInfo;
    return `${address}:${port}`;
  }

  setText(name: string, ...texts: string[]): void {
    this.texts.set(name, texts);
  }

  setAddress(name: string, address: string): void {
    this.addresses.set(name, address);
  }

  clear(): void {
    this.texts.clear();
    this.addresses.clear();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  private answer(message: Buffer): Buffer {
    const { id, questions = [] } = decode(message);
    const answers: Answer[] = questions.flatMap(({ name, type }): Answer[] => {
      if (type === 'TXT') return (this.texts.get(name) ?? []).map((data) => ({ type, name, ttl: 0, data }));
      const address = type === 'A' ? this.addresses.get(name) : undefined;
      return address ? [{ type: 'A', name, ttl: 0, data: address }] : [];
    });
    const known = questions.some(({ name }) => this.texts.has(name) || this.addresses.has(name));
    return encode({ type: 'response', id: id ?? 0, flags: known ? 0 : 3, questions, answers });
  }
}
