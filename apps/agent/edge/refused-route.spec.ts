import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HaproxyRefusal } from './haproxy.process.js';
import { refusedRoute } from './refused-route.js';

describe('whose line the load balancer refuses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'refused-'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    ['global', '  x', 'backend r_one', '  a', '  b', 'frontend t_two', '  c', 'backend nowhere', '  d'].join('\n'),
  );
  afterAll(() => rmSync(folder, { recursive: true }));
  const of = async (line: number) =>
    (await refusedRoute(new HaproxyRefusal(`config : parsing [x/y.cfg:${line}] : bad`), file))?.routeId;

  it('is found by the section that the line is in', async () => {
    expect([await of(5), await of(3), await of(7), await of(2), await of(9)]).toEqual([
      'one',
      'one',
      'two',
      undefined,
      undefined,
    ]);
  });

  it('is nobody’s when it says no line, or something else is wrong', async () => {
    expect(await refusedRoute(new HaproxyRefusal('It ended.'), file)).toBeNull();
    expect(await refusedRoute(new Error('[x:5]'), file)).toBeNull();
  });
});
