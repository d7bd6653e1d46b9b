import { Progress } from './progress.js';

describe('the lines of a step', () => {
  const shown = async (use: (progress: Progress) => Promise<unknown>) => {
    let text = '';
    await use(new Progress((more) => (text += more))).catch(() => undefined);
    return text;
  };

  it('say that it went well, and how long it took', async () => {
    expect(await shown((progress) => progress.step('Redis', () => Promise.resolve(1)))).toMatch(
      /^ {2}✓ Redis {23} \d+\.\d s\n$/,
    );
  });

  it('say that it failed when it threw, or when what came out is not good', async () => {
    expect(await shown((progress) => progress.step('Redis', () => Promise.reject(new Error('no'))))).toBe(
      '  ✗ Redis\n',
    );
    const result = { failed: 2 };
    const act = (progress: Progress) =>
      progress.step(
        'unit',
        () => Promise.resolve(result),
        ({ failed }) => failed === 0,
      );
    expect(await shown(act)).toMatch(/^ {2}✗ unit {24} \d+\.\d s\n$/);
    await expect(act(new Progress(() => undefined))).resolves.toBe(result);
  });
});
