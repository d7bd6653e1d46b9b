/** The few DER forms that a certificate request is made of. */
const tags = { integer: 0x02, bitString: 0x03, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31, attributes: 0xa0 };

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

export const der = {
  sequence: (...parts: Buffer[]) => element(tags.sequence, Buffer.concat(parts)),
  set: (...parts: Buffer[]) => element(tags.set, Buffer.concat(parts)),
  attributes: () => element(tags.attributes, Buffer.alloc(0)),
  zero: () => element(tags.integer, Buffer.from([0])),
  oid: (hex: string) => element(tags.oid, Buffer.from(hex, 'hex')),
  utf8: (text: string) => element(tags.utf8, Buffer.from(text)),
  bitString: (content: Buffer) => element(tags.bitString, Buffer.concat([Buffer.from([0]), content])),
};
