import { expiredBackups } from './retention.js';

const now = new Date('2026-03-10T12:00:00Z');
const backup = (id: string, daysAgo: number) => ({ id, createdAt: new Date(now.getTime() - daysAgo * 86_400_000) });
const ids = (
  keepLast: number | null,
  keepDays: number | null,
  backups = [backup('c', 9), backup('a', 0), backup('b', 3)],
) => expiredBackups(backups, { keepLast, keepDays }, now).map(({ id }) => id);

describe('what a schedule keeps', () => {
  it('is everything without limits', () => expect(ids(null, null)).toEqual([]));
  it('is the newest few, whatever the order they are given in', () => {
    expect(ids(2, null)).toEqual(['c']);
    expect(ids(1, null)).toEqual(['b', 'c']);
    expect(ids(5, null)).toEqual([]);
  });
  it('is what is young enough, to the moment', () => {
    expect(ids(null, 4)).toEqual(['c']);
    expect(ids(null, 3)).toEqual(['b', 'c']);
    expect(ids(null, 10)).toEqual([]);
  });
  it('is what either limit keeps', () => {
    expect(ids(2, 1)).toEqual(['c']);
    expect(ids(1, 5)).toEqual(['c']);
  });
  it('is the newest one in any case', () =>
    expect(ids(null, 1, [backup('old', 30), backup('older', 40)])).toEqual(['older']));
});
