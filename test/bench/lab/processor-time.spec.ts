import { parseStat, processorMs } from './processor-time.js';

describe('processor time', () => {
  it('is read past a name that looks like more fields', () => {
    const line = '42 (a) 1 (b) S 7 42 42 0 -1 4194560 1 2 3 4 50 6 70 8 20 0 1 0 100 0 0';
    expect(parseStat(line)).toEqual({ parent: 7, own: 56, children: 78 });
  });

  it('of this process grows while it works', () => {
    const before = processorMs(process.pid);
    const until = performance.now() + 5_000;
    while (processorMs(process.pid) === before && performance.now() < until) JSON.parse('[1,2,3]');
    expect(processorMs(process.pid)).toBeGreaterThan(before);
  });

  it('refuses a process that is not there', () => {
    expect(() => processorMs(0x7fffffff)).toThrow('no process');
  });
});
