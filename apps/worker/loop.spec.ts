import { jest } from '@jest/globals';
import { pino } from 'pino';
import { Loop } from './loop.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function aLoop(round: () => Promise<unknown>) {
  const levels: number[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void levels.push((JSON.parse(line) as { level: number }).level) },
  );
  return { loop: new Loop('test', 100, round, log), levels };
}

describe('Loop', () => {
  it('begins the next round after the end of the last one, and none after its stop', async () => {
    let [begun, ended] = [0, 0];
    const { loop } = aLoop(async () => {
      begun++;
      await new Promise((resolve) => setTimeout(resolve, 250));
      ended++;
    });
    loop.start();
    await jest.advanceTimersByTimeAsync(340);
    expect([begun, ended]).toEqual([1, 1]);
    await jest.advanceTimersByTimeAsync(20);
    expect([begun, ended]).toEqual([2, 1]);
    const stopped = loop.stop();
    await jest.advanceTimersByTimeAsync(300);
    await stopped;
    await jest.advanceTimersByTimeAsync(1_000);
    expect([begun, ended]).toEqual([2, 2]);
  });

  it('looks again earlier when its round says so, and never later', async () => {
    const pauses = [30, -5, 5_000];
    let rounds = 0;
    const { loop } = aLoop(() => Promise.resolve(new Date(Date.now() + (pauses[rounds++] ?? 5_000))));
    loop.start();
    await jest.advanceTimersByTimeAsync(29);
    expect(rounds).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(rounds).toBe(2);
    await jest.advanceTimersByTimeAsync(10);
    expect(rounds).toBe(3);
    await jest.advanceTimersByTimeAsync(99);
    expect(rounds).toBe(3);
    await jest.advanceTimersByTimeAsync(1);
    expect(rounds).toBe(4);
    await loop.stop();
  });

  it('goes on after failures and warns of the first of several in a row', async () => {
    let rounds = 0;
    const { loop, levels } = aLoop(() => (++rounds % 4 ? Promise.reject(new Error('away')) : Promise.resolve()));
    loop.start();
    await jest.advanceTimersByTimeAsync(650);
    await loop.stop();
    expect(rounds).toBe(7);
    expect(levels).toEqual([40, 20, 20, 40, 20, 20]);
    expect(loop.lastGoodAt).not.toBeNull();
  });
});
