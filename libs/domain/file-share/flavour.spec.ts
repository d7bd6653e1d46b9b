import { gigabyte, iopsOf, offeredSizes } from './flavour.js';

it('offers 20 GB to 12 TB, and what the operator adds, in order and once', () => {
  const sizes = offeredSizes([64 * 1024 ** 2, 20 * gigabyte]);
  expect(sizes).toEqual([
    64 * 1024 ** 2,
    ...[20, 40, 80, 100, 250, 500, 1000, 2000, 4000, 8000, 12000].map((n) => n * gigabyte),
  ]);
});

it('counts operations by the size', () => {
  expect(iopsOf(20 * gigabyte, 0.25)).toBe(5);
  expect(iopsOf(12_000 * gigabyte, 4)).toBe(48_000);
  expect(iopsOf(64 * 1024 ** 2, 2)).toBe(1);
});
