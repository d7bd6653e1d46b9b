import * as packet from 'dns-packet';
import type { NameAnswer } from './name.answer.js';

/** Codes of RFC 1035, section 4.1.1. */
export const responseCodes = { none: 0, format: 1, failure: 2, absent: 3, unknown: 4, refused: 5 } as const;
export type ResponseCode = (typeof responseCodes)[keyof typeof responseCodes];

/** Without extensions, of RFC 1035. */
const plainUdpBytes = 512;
const mostUdpBytes = 4096;

/** Null for what is no question that can be answered: it gets none. */
export function readQuery(message: Buffer): packet.DecodedPacket | null {
  try {
    const query = packet.decode(message);
    return query.type === 'query' ? query : null;
  } catch {
    return null;
  }
}

/** How long an answer over UDP may be. */
export function udpLimit(query: packet.Packet): number {
  const extension = query.additionals?.find(({ type }) => type === 'OPT');
  const size = extension && 'udpPayloadSize' in extension ? extension.udpPayloadSize : 0;
  return Math.min(mostUdpBytes, Math.max(plainUdpBytes, size));
}

/** The answer as it travels. What is longer than the limit is cut to nothing, so that it is asked for over TCP. */
export function encodeAnswer(query: packet.DecodedPacket, answer: NameAnswer, limit: number): Buffer {
  const code = answer.kind === 'absent' ? responseCodes.absent : responseCodes.none;
  const whole = encode(query, code, packet.AUTHORITATIVE_ANSWER, records(query, answer));
  return whole.length <= limit
    ? whole
    : encode(query, code, packet.AUTHORITATIVE_ANSWER | packet.TRUNCATED_RESPONSE, []);
}

export const encodeRefusal = (query: packet.DecodedPacket, code: ResponseCode): Buffer => encode(query, code, 0, []);

function encode(query: packet.DecodedPacket, code: ResponseCode, flags: number, answers: packet.Answer[]): Buffer {
  const asked = (query.flags ?? 0) & packet.RECURSION_DESIRED;
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: flags | asked | packet.RECURSION_AVAILABLE | code,
    questions: query.questions ?? [],
    answers,
  });
}

/** Not to be kept by anybody: who answers may change at any moment. */
const ttl = 0;

function records(query: packet.DecodedPacket, answer: NameAnswer): packet.Answer[] {
  const name = query.questions?.[0]?.name ?? '';
  if (answer.kind === 'addresses') return shuffled(answer.addresses).map((data) => ({ type: 'A', name, ttl, data }));
  if (answer.kind === 'names') return answer.names.map((data) => ({ type: 'PTR', name, ttl, data }));
  return [];
}

/** Most programs take the first: each container should be it as often as any other. */
function shuffled(all: readonly string[]): string[] {
  return all
    .map((one) => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}
