import fc from 'fast-check';
import { heaviest, serverWeights } from './weights.js';

const services = fc.array(fc.record({ weight: fc.nat(1_000), servers: fc.nat(100) }), { minLength: 1, maxLength: 5 });

describe('server weights', () => {
  it('are 0 for nothing and else 1 to 256, the heaviest 256', () => {
    fc.assert(
      fc.property(services, (given) => {
        const weights = serverWeights(given);
        const serving = given.map(({ weight, servers }) => weight > 0 && servers > 0);
        for (const [index, weight] of weights.entries()) {
          if (serving[index]) expect(weight).toBeGreaterThanOrEqual(1);
          else expect(weight).toBe(0);
          expect(weight).toBeLessThanOrEqual(heaviest);
        }
        if (serving.some(Boolean)) expect(Math.max(...weights)).toBe(heaviest);
      }),
    );
  });

  it('give each service its share within a hundredth, as long as none is a hundred times another', () => {
    const alike = fc.array(
      fc.record({ weight: fc.integer({ min: 20, max: 1_000 }), servers: fc.integer({ min: 1, max: 2 }) }),
      {
        minLength: 2,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(alike, (given) => {
        const weights = serverWeights(given);
        const totals = given.map(({ servers }, index) => servers * (weights[index] ?? 0));
        const all = totals.reduce((sum, total) => sum + total, 0);
        const wanted = given.reduce((sum, { weight }) => sum + weight, 0);
        for (const [index, total] of totals.entries()) {
          expect(Math.abs(total / all - (given[index]?.weight ?? 0) / wanted)).toBeLessThan(0.01);
        }
      }),
    );
  });
});
