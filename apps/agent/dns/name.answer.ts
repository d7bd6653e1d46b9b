import type { Question } from 'dns-packet';
import type { Member } from '../network/project.network.js';
import type { NameBook } from './name.book.js';

/** What is answered to one question; `elsewhere` is asked of the node's own name servers. */
export type NameAnswer =
  | { kind: 'addresses'; addresses: string[] }
  | { kind: 'names'; names: string[] }
  | { kind: 'nothing' } // the name exists, and has no such record
  | { kind: 'absent' }
  | { kind: 'elsewhere' };

export interface Asked {
  projectId: string;
  book: NameBook;
  asker: Member;
  /** CIDR of the project. */
  range: string;
  /** Whether a container that should answer still does, as far as this node can see. */
  stillThere(member: Member): boolean;
}

const reverseZone = '.in-addr.arpa';

export function answerTo({ name, type }: Pick<Question, 'name' | 'type'>, asked: Asked): NameAnswer {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  if (wanted.endsWith(reverseZone)) return reverse(wanted, asked);
  const meaning = asked.book.find(asked.asker, wanted);
  if (meaning === null) return { kind: asked.book.isOwn(wanted) ? 'absent' : 'elsewhere' };
  if (type !== 'A' && type !== ('ANY' as typeof type)) return { kind: 'nothing' };
  const there = meaning.filter((member) => member.answers && asked.stillThere(member));
  const addresses = [...new Set(there.map(({ address }) => address))];
  return addresses.length === 0 ? { kind: 'nothing' } : { kind: 'addresses', addresses };
}

function reverse(wanted: string, { book, range }: Asked): NameAnswer {
  const address = wanted.slice(0, -reverseZone.length).split('.').reverse().join('.');
  const member = book.at(address);
  if (!member) return { kind: inRange(address, range) ? 'absent' : 'elsewhere' };
  const service = member.serviceName ? `${member.serviceName}-${member.ordinal}` : member.name;
  return { kind: 'names', names: [member.stackName ? `${service}.${member.stackName}` : service] };
}

export function inRange(address: string, range: string): boolean {
  const [base = '', length = '32'] = range.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size);
}

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, byte) => (sum * 256 + Number(byte)) as number, 0);
