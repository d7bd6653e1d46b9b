import { assignment } from '../testing/node-fixture.js';
import { SharedParts } from './shared-parts.js';

const serviceId = 'a-service';
const told = (self: string) => [
  { name: 'SERVICE', value: 'web' },
  { name: 'SELF', value: self },
];
const one = (self: string, cpu = 1) =>
  structuredClone(
    assignment({
      ...{ serviceId, platformEnvironment: told(self) },
      template: { environment: [{ name: 'CPU', value: String(cpu) }] },
    }),
  );

describe('what containers of a service share', () => {
  it('is kept once, and each is told the same as before', () => {
    const parts = new SharedParts();
    const first = parts.take(one('web-1'));
    const given = one('web-2');
    const second = parts.take(given);
    expect(second).toEqual(given);
    expect(second.template).toBe(first.template);
    expect(second.platformEnvironment[0]).toBe(first.platformEnvironment[0]);
    expect(second.platformEnvironment[1]).toEqual({ name: 'SELF', value: 'web-2' });
  });

  it('is what is equal: another definition stays its own, and is the one that later ones share', () => {
    const parts = new SharedParts();
    parts.take(one('web-1'));
    const newer = parts.take(one('web-1', 2));
    expect(newer.template?.environment).toEqual([{ name: 'CPU', value: '2' }]);
    expect(parts.take(one('web-2', 2)).template).toBe(newer.template);
  });

  it('is not held beyond the container that it came with, and not taken from a removal', () => {
    const parts = new SharedParts();
    const first = parts.take(one('web-1'));
    parts.take({ ...one('web-2'), template: null });
    const second = parts.take(one('web-3'));
    expect(second.template).toBe(first.template);
    parts.drop(second);
    expect(parts.take(one('web-4')).template).not.toBe(first.template);
  });
});
