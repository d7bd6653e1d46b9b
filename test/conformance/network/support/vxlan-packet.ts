export interface InnerDatagram {
  vni: number;
  /** Of the node's end of the tunnel. */
  mac: string;
  source: string;
  target: string;
  port: number;
  text: string;
}

/** What a node would send to another: VXLAN's header, then a whole Ethernet frame with one UDP datagram. */
export function vxlanPacket({ vni, mac, source, target, port, text }: InnerDatagram): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 0x08;
  header.writeUIntBE(vni, 4, 3);
  const ethernet = Buffer.from(`${mac.replaceAll(':', '')}0270000000ff0800`, 'hex');
  const payload = Buffer.from(text);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(40_000, 0);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(8 + payload.length, 4); // no checksum: IPv4 allows it
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(28 + payload.length, 2);
  ip[8] = 64;
  ip[9] = 17;
  bytesOf(source).copy(ip, 12);
  bytesOf(target).copy(ip, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([header, ethernet, ip, udp, payload]);
}

const bytesOf = (address: string) => Buffer.from(address.split('.').map(Number));

function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
