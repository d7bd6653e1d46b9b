import { toResult } from './result.js';
import { figure, table } from './table.js';

describe('table', () => {
  it('has one row per result, all of one width', () => {
    const text = table([
      toResult({
        name: 'stack',
        unit: 'ms',
        ours: [690, 700, 720],
        peer: { name: 'raw', samples: [600, 620, 600] },
        aim: { of: 'ratio', bound: 'at-most', value: 1.1 },
      }),
      toResult({ name: 'rss', unit: 'MiB', ours: [91.26], aim: { of: 'ours', bound: 'at-most', value: 160 } }),
    ]);
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[2]).toContain('690 / 700 / 720');
    expect(lines[2]).toContain('600 / 600 / 620 (raw)');
    expect(lines[2]).toContain('1.15 (1.13–1.20)');
    expect(lines[2]).toContain('≤ 1.1×');
    expect(lines[2]).toContain('missed by 5 %');
    expect(lines[3]).toMatch(/91\.3 \/ 91\.3 \/ 91\.3 .* – .* ≤ 160 .* met/);
  });

  it('gives figures three digits', () => {
    expect([figure(1234.6), figure(99.94), figure(1.234)]).toEqual(['1235', '99.9', '1.23']);
  });
});
