import { createSocket, type Socket } from 'node:dgram';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import * as packet from 'dns-packet';
import { createLog } from '#libs/platform/log.js';
import { member } from '../network/testing/network-fixture.js';
import { NameBook } from './name.book.js';
import { framed, NameForwarder, serversOf } from './name.forwarder.js';
import { NameServer } from './name.server.js';

const loopback = '127.0.0.1';

/** A name server of the node: answers every question with one address, or not at all. */
class OutsideServer {
  silent = false;
  readonly ids: number[] = [];
  private readonly udp: Socket = createSocket('udp4');
  private readonly tcp: Server = createServer((socket) => {
    socket.on('data', (data) => socket.write(framed(this.answer(data.subarray(2)))));
  });
  port = 0;

  async start(): Promise<void> {
    this.udp.on('message', (message, from) => {
      if (!this.silent) this.udp.send(this.answer(message), from.port, from.address);
    });
    await new Promise<void>((resolve) => this.tcp.listen(0, loopback, resolve));
    this.port = (this.tcp.address() as AddressInfo).port;
    await new Promise<void>((resolve) => this.udp.bind(this.port, loopback, resolve));
  }

  stop(): void {
    this.udp.close();
    this.tcp.close();
  }

  private answer(message: Buffer): Buffer {
    const query = packet.decode(message);
    this.ids.push(query.id ?? 0);
    const name = query.questions?.[0]?.name ?? '';
    return packet.encode({
      ...{ type: 'response', id: query.id ?? 0, questions: query.questions ?? [] },
      answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.80' }],
    });
  }
}

describe('the name service', () => {
  const outside = new OutsideServer();
  const many = Array.from({ length: 60 }, (_, i) =>
    member({ containerId: `c${i}`, serviceId: 's', serviceName: 'many', address: `10.64.1.${i}`, ordinal: i }),
  );
  const asker = member({ name: 'me', address: loopback });
  const book = new NameBook({
    members: [asker, ...many, member({ name: 'one', address: '10.64.0.9' })],
    idleServices: [],
  });
  let known = true;
  let server: NameServer;

  beforeAll(async () => {
    await outside.start();
    server = new NameServer({
      ...{ address: loopback, port: 0, log: createLog('test', 'silent') },
      asked: () => (known ? { projectId: 'p', book, asker, range: '10.64.0.0/22', stillThere: () => true } : null),
      forwarder: new NameForwarder({
        servers: () => Promise.resolve(['127.0.0.99', loopback]),
        port: outside.port,
        timeoutMs: 200,
      }),
    });
    await server.start();
  });
  afterAll(() => {
    server.stop();
    outside.stop();
  });
  beforeEach(() => {
    known = true;
    outside.silent = false;
  });

  const query = (name: string, more: Partial<packet.Packet> = {}): Buffer =>
    packet.encode({
      ...{ type: 'query', id: 4_711, flags: packet.RECURSION_DESIRED },
      questions: [{ type: 'A', name }],
      ...more,
    });
  const overUdp = (message: Buffer): Promise<packet.DecodedPacket> =>
    new Promise((resolve) => {
      const socket = createSocket('udp4');
      socket.once('message', (answer) => {
        socket.close();
        resolve(packet.decode(answer));
      });
      socket.send(message, server.port, loopback);
    });
  const overTcp = (messages: readonly Buffer[]): Promise<packet.DecodedPacket[]> =>
    new Promise((resolve, reject) => {
      const socket = connect(server.port, loopback, () => {
        for (const byte of Buffer.concat(messages.map(framed))) socket.write(Buffer.of(byte));
      });
      const answers: packet.DecodedPacket[] = [];
      let received = Buffer.alloc(0);
      socket.once('error', reject);
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const end = 2 + received.readUInt16BE(0);
          answers.push(packet.decode(received.subarray(2, end)));
          received = received.subarray(end);
        }
        if (answers.length === messages.length) socket.end(() => resolve(answers));
      });
    });
  const addresses = (answer: packet.DecodedPacket) =>
    (answer.answers ?? []).flatMap((one) => (one.type === 'A' ? [one.data] : []));

  it('answers for the project itself, and lets nobody keep the answer', async () => {
    const answer = await overUdp(query('one'));
    expect(answer).toMatchObject({ id: 4_711, rcode: 'NOERROR', flag_aa: true, flag_ra: true });
    expect(answer.answers).toMatchObject([{ name: 'one', type: 'A', ttl: 0, data: '10.64.0.9' }]);
  });

  it('says that a name is unknown without asking anybody', async () => {
    const before = outside.ids.length;
    expect(await overUdp(query('nobody'))).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
    expect(outside.ids).toHaveLength(before);
  });

  it('asks the node’s servers for foreign names, one after the other, under an id of its own', async () => {
    const ids = new Set<number>();
    for (const name of ['a.example.org', 'b.example.org', 'c.example.org']) {
      const answer = await overUdp(query(name));
      expect({ id: answer.id, addresses: addresses(answer) }).toEqual({ id: 4_711, addresses: ['192.0.2.80'] });
      ids.add(outside.ids.at(-1) ?? 0);
    }
    expect(ids.size).toBeGreaterThan(1);
    const [answer] = await overTcp([query('d.example.org')]);
    expect(addresses(answer!)).toEqual(['192.0.2.80']);
  });

  it('says so when nobody answers', async () => {
    outside.silent = true;
    expect(await overUdp(query('e.example.org'))).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it('cuts what is too long for a datagram, gives it whole to who takes more, and over TCP', async () => {
    const short = await overUdp(query('many'));
    expect(short).toMatchObject({ flag_tc: true, answers: [] });
    const extension: packet.Answer = {
      ...{ type: 'OPT', name: '.', udpPayloadSize: 4_096, flags: 0 },
      ...{ extendedRcode: 0, ednsVersion: 0, flag_do: false, options: [] },
    };
    expect(addresses(await overUdp(query('many', { additionals: [extension] })))).toHaveLength(60);
    const [whole, next] = await overTcp([query('many'), query('one')]);
    expect(addresses(whole!)).toHaveLength(60);
    expect(addresses(next!)).toEqual(['10.64.0.9']);
  });

  it('lets each container be the first as often as any other', async () => {
    const [one, two, three] = await overTcp([query('many'), query('many'), query('many')]);
    expect(new Set([one, two, three].map((answer) => addresses(answer!).join())).size).toBe(3);
  });

  it('tells nothing to strangers, and survives what is no question', async () => {
    await new Promise<void>((resolve) => {
      const socket = createSocket('udp4');
      socket.send(Buffer.from('not a question'), server.port, loopback, () => {
        socket.close();
        resolve();
      });
    });
    known = false;
    expect(await overUdp(query('one'))).toMatchObject({ rcode: 'REFUSED', answers: [] });
    expect(await overUdp(query('x', { questions: [] }))).toMatchObject({ rcode: 'FORMERR' });
    expect(server.outcomes).toMatchObject({ refused: 1, failed: 1 });
  });
});

describe('the node’s name servers', () => {
  it('are those of resolv.conf, but never this service itself', () => {
    const text = '# x\nnameserver 192.0.2.53\n nameserver 169.254.53.53\nsearch a\nnameserver 2001:db8::1\n';
    expect(serversOf(text)).toEqual(['192.0.2.53', '2001:db8::1']);
  });
});
