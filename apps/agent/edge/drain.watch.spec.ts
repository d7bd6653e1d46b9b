import { endpoint, project, route, target } from '#libs/edge/testing/edge-fixture.js';
import { DrainWatch } from './drain.watch.js';

const leaving = (port: number) => endpoint('10.0.0.1', port, { draining: true });
const projects = (...ports: number[]) => [
  project('p', { routes: [route('r', { drainMs: 1_000, targets: [target(1, ...ports.map(leaving))] })] }),
];

describe('containers that leave', () => {
  it('are done when nothing is under way on them', () => {
    const watch = new DrainWatch();
    watch.look(projects(80, 81), 0);
    expect([watch.done('p', 0), watch.busyRoutes(0)]).toEqual([false, ['r']]);
    watch.count((_, key) => Number(key === '10.0.0.1:81'));
    expect(watch.done('p', 0)).toBe(false);
    watch.count(() => 0);
    expect([watch.done('p', 0), watch.busyRoutes(0), watch.nextDeadline(0)]).toEqual([true, [], null]);
    expect(watch.done('another', 0)).toBe(true);
  });

  it('are done when their time is over, however often they are named again', () => {
    const watch = new DrainWatch();
    watch.look(projects(80), 0);
    watch.look(projects(80), 900);
    expect([watch.done('p', 999), watch.nextDeadline(900)]).toEqual([false, 100]);
    expect(watch.done('p', 1_000)).toBe(true);
  });

  it('begin anew when they come back and leave again', () => {
    const watch = new DrainWatch();
    watch.look(projects(80), 0);
    watch.count(() => 0);
    watch.look(projects(), 10);
    watch.look(projects(80), 5_000);
    expect(watch.done('p', 5_000)).toBe(false);
  });

  it('do not count where another container has their address', () => {
    const watch = new DrainWatch();
    const both = [leaving(80), endpoint('10.0.0.1', 80, { containerId: 'next' })];
    watch.look([project('p', { routes: [route('r', { targets: [target(1, ...both)] })] })], 0);
    expect(watch.done('p', 0)).toBe(true);
  });
});
