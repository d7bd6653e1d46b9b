import { member } from '../network/testing/network-fixture.js';
import { answerTo, type Asked, inRange } from './name.answer.js';
import { NameBook } from './name.book.js';

const container = (stack: string | null, service: string, ordinal: number, address: string, more = {}) =>
  member({
    ...{ containerId: `${stack}/${service}-${ordinal}`, address, stackName: stack, serviceName: service, ordinal },
    ...{ serviceId: `${stack}/${service}`, name: `${service}-${ordinal}-x`, ...more },
  });

const shopWeb1 = container('shop', 'web', 1, '10.64.0.11', {
  links: [
    { alias: 'Store', serviceId: 'blog/db' },
    { alias: 'web', serviceId: 'null/cache' },
  ],
});
const shopWeb2 = container('shop', 'web', 2, '10.64.0.12');
const shopDb = container('shop', 'db', 1, '10.64.0.13');
const blogDb = container('blog', 'db', 1, '10.64.0.14');
const blogOnly = container('blog', 'search', 1, '10.64.0.15');
const looseWeb = container(null, 'web', 1, '10.64.0.16');
const cache = container(null, 'cache', 1, '10.64.0.17');
const box = member({ containerId: 'box', name: 'Box', address: '10.64.0.18' });
const members = [shopWeb1, shopWeb2, shopDb, blogDb, blogOnly, looseWeb, cache, box];
const idleServices = [
  { serviceId: 'shop/idle', serviceName: 'idle', stackName: 'shop' },
  { serviceId: 'empty/one', serviceName: 'one', stackName: 'empty' },
];
const book = new NameBook({ members, idleServices });

const meaning = (asker: typeof box, name: string) =>
  book.find(asker, name)?.map(({ containerId }) => containerId) ?? null;

describe('what a name means', () => {
  it.each([
    // own stack before what is in none
    [shopDb, 'web', ['shop/web-1', 'shop/web-2']],
    [shopDb, 'web-2', ['shop/web-2']],
    [shopDb, 'web-9', null],
    [box, 'web', ['null/web-1']],
    // what is in no stack is seen by everybody
    [shopDb, 'cache', ['null/cache-1']],
    [blogDb, 'box', ['box']],
    // other stacks by their name
    [shopDb, 'db.blog', ['blog/db-1']],
    [box, 'web-1.shop', ['shop/web-1']],
    [box, 'web.nowhere', null],
    // what several stacks have is nobody's; what one has is everybody's
    [box, 'db', null],
    [box, 'search', ['blog/search-1']],
    // the asking container's links come first
    [shopWeb1, 'store', ['blog/db-1']],
    [shopWeb1, 'store-1', ['blog/db-1']],
    [shopWeb1, 'store-2', null],
    [shopWeb1, 'web', ['null/cache-1']],
    [shopWeb2, 'store', null],
    // services' containers by their own names, last
    [box, 'web-2-x', ['shop/web-2']],
    // services that have none
    [shopDb, 'idle', []],
    [box, 'one.empty', []],
    [box, 'one', []],
  ])('%#: %s', (asker, name, expected) => {
    expect(meaning(asker, name)).toEqual(expected);
  });

  it('is looked for nowhere else when it is one word, or ends like a stack', () => {
    expect(['nobody', 'x.shop', 'x.empty', 'example.org', 'shop.org'].map((name) => book.isOwn(name))).toEqual([
      ...[true, true, true, false, false],
    ]);
  });
});

describe('an answer', () => {
  const asked = (changes: Partial<Asked> = {}): Asked => ({
    ...{ projectId: 'p1', book, asker: shopDb, range: '10.64.0.0/22', stillThere: () => true, ...changes },
  });

  it('has every container that answers, whatever the case of the name and a dot at its end', () => {
    expect(answerTo({ name: 'WEB.', type: 'A' }, asked())).toEqual({
      kind: 'addresses',
      addresses: ['10.64.0.11', '10.64.0.12'],
    });
  });

  it('has none that does not answer, or that this node has seen end', () => {
    const sick = new NameBook({ members: [{ ...shopWeb1, answers: false }, shopWeb2], idleServices: [] });
    expect(answerTo({ name: 'web', type: 'A' }, asked({ book: sick }))).toMatchObject({ addresses: ['10.64.0.12'] });
    const stillThere = () => false;
    expect(answerTo({ name: 'web', type: 'A' }, asked({ stillThere }))).toEqual({ kind: 'nothing' });
  });

  it('says of other kinds of records that there are none, not that the name is unknown', () => {
    expect(answerTo({ name: 'web', type: 'AAAA' }, asked())).toEqual({ kind: 'nothing' });
    expect(answerTo({ name: 'idle', type: 'A' }, asked())).toEqual({ kind: 'nothing' });
    expect(answerTo({ name: 'nobody', type: 'A' }, asked())).toEqual({ kind: 'absent' });
    expect(answerTo({ name: 'example.org', type: 'A' }, asked())).toEqual({ kind: 'elsewhere' });
  });

  it('names the container of an address of the project, and asks others for the rest', () => {
    const reverse = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;
    expect(answerTo({ name: reverse('10.64.0.12'), type: 'PTR' }, asked())).toEqual({
      kind: 'names',
      names: ['web-2.shop'],
    });
    expect(answerTo({ name: reverse('10.64.0.18'), type: 'PTR' }, asked())).toEqual({ kind: 'names', names: ['Box'] });
    expect(answerTo({ name: reverse('10.64.0.99'), type: 'PTR' }, asked())).toEqual({ kind: 'absent' });
    expect(answerTo({ name: reverse('192.0.2.1'), type: 'PTR' }, asked())).toEqual({ kind: 'elsewhere' });
  });

  it('knows the ends of a range', () => {
    const ends = ['10.63.255.255', '10.64.0.0', '10.64.3.255', '10.64.4.0', '255.0.0.1'];
    expect(ends.map((address) => inRange(address, '10.64.0.0/22'))).toEqual([false, true, true, false, false]);
  });
});
