import { identify, isStillRunning, parseStat } from './proc.js';

describe('parseStat', () => {
  const rest = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(' ');

  it('reads the state and the start whatever the name holds', () => {
    expect(parseStat(`7 (a) S) (b) R ${rest}`)).toEqual({ state: 'R', startTicks: '22' });
  });

  it('gives nothing for what is cut short', () => {
    expect(parseStat('7 (a) S 1 2')).toBeUndefined();
  });
});

describe('identify', () => {
  it('knows a process again', () => {
    const self = identify(process.pid);
    expect(self).toMatchObject({ pid: process.pid });
    expect(self && isStillRunning(self)).toBe(true);
  });

  it('takes neither another start nor another boot for the same process', () => {
    const self = identify(process.pid);
    if (!self) throw new Error('no self');
    expect(isStillRunning({ ...self, startTicks: '1' })).toBe(false);
    expect(isStillRunning({ ...self, bootId: 'other' })).toBe(false);
  });

  it('knows nobody of a pid that is not given', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});
