import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#libs/platform/log.js';
import { NetworkBook } from './network.book.js';
import { here, network } from './testing/network-fixture.js';

const local = { containerId: 'c1', projectId: 'p1', address: '10.64.0.10' };

describe('what a node knows of networks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'network-book-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const open = (file: string | null = null) => new NetworkBook(file, createLog('test', 'silent'));

  it('is there again after a restart, with what ran', async () => {
    const file = join(folder, 'state', 'network.json');
    const book = open(file);
    book.tell([network()], []);
    book.hold(local);
    await book.flush();
    const next = open(file);
    await next.load();
    expect(next.of('p1')).toEqual(network());
    expect(next.localContainers()).toEqual([local]);
    expect(next.isRunning('c1')).toBe(true);
  });

  it('begins empty from what can’t be read', async () => {
    const file = join(folder, 'torn.json');
    writeFileSync(file, '{"networks":');
    const book = open(file);
    await book.load();
    expect(book.all()).toEqual([]);
  });

  it('keeps a project that was taken away for as long as a container of it is here, without anybody in it', () => {
    const book = open();
    book.tell([network()], []);
    book.hold(local);
    expect(book.tell([], ['p1'])).toEqual([]);
    expect(book.of('p1')).toMatchObject({ vni: 7, members: [], peers: [] });
    expect(book.release('c1').gone?.projectId).toBe('p1');
    expect(book.of('p1')).toBeUndefined();
  });

  it('keeps a project that is told without anybody in it, as an edge has it', () => {
    const book = open();
    book.tell([network({ members: [], peers: [] })], []);
    book.hold(local);
    expect(book.release('c1')).toEqual({ known: true, gone: null });
    expect(book.of('p1')).toBeDefined();
    expect(book.release('c1')).toEqual({ known: false, gone: null });
  });

  it('finds whose an address of this node is', () => {
    const book = open();
    book.tell([network()], []);
    expect(book.at('10.64.0.10', here)?.projectId).toBe('p1');
    expect(book.at('10.64.0.11', here)).toBeUndefined();
    book.hold({ ...local, containerId: 'c7', address: '10.64.0.77' });
    expect(book.at('10.64.0.77', here)?.projectId).toBe('p1');
  });

  it('lets a container wait for its network, until it is told or the time is over', async () => {
    const book = open();
    const { signal } = new AbortController();
    const waiting = book.awaited('p1', 5_000, signal);
    book.tell([network()], []);
    expect((await waiting)?.vni).toBe(7);
    expect(await book.awaited('p2', 10, signal)).toBeUndefined();
  });
});
