import type { VolumeOfStack } from '#libs/core/stack/workload.queries.js';
import { selectVolumes, toVolume } from './volume.translate.js';
import { volumeAnswer, volumeListQuery } from './volume.wire.js';

const made = new Date('2026-01-01T00:00:00Z');
const measured = new Date('2026-02-01T00:00:00Z');
const stackId = '11111111-1111-4111-8111-111111111111';

const shown = (name: string, usedBytes: number | null, mountedBy: string[] = []) =>
  toVolume({
    id: `${name.repeat(8)}-2222-4222-8222-222222222222`,
    name,
    stackId,
    mountedBy,
    usedBytes,
    usedAt: usedBytes === null ? null : measured,
    createdAt: made,
  } as VolumeOfStack);

describe('volumes', () => {
  it('show what their node measured, and nothing before that', () => {
    expect(volumeAnswer.parse(shown('a', 42))).toMatchObject({
      storageUsageInBytes: 42,
      storageUsageInBytesSetAt: measured.toISOString(),
      orphaned: true,
    });
    expect(shown('b', null, [stackId])).toMatchObject({
      storageUsageInBytes: 0,
      storageUsageInBytesSetAt: made.toISOString(),
      orphaned: false,
      linkedServices: [stackId],
    });
  });

  it.each([
    ['nameAsc', ['a', 'b', 'c']],
    ['nameDesc', ['c', 'b', 'a']],
    ['storageAsc', ['c', 'a', 'b']],
    ['storageDesc', ['b', 'a', 'c']],
    [undefined, ['b', 'c', 'a']],
  ])('are sorted by %s', (sortOrder, names) => {
    const query = volumeListQuery.parse({ sortOrder });
    const volumes = [shown('b', 9), shown('c', null), shown('a', 5)];
    expect(selectVolumes(volumes, query).map(({ name }) => name)).toEqual(names);
  });
});
