import { ClusterSimulator } from '../testing/cluster.simulator.js';
import { deployment, node, revision, service } from '../testing/views.js';
import { reconcileService } from './service.reconcile.js';

/** Looks whenever the plan asks for it or something moved, for `hours`; returns how often and what was made. */
function watch(cluster: ClusterSimulator, hours: number): { looks: number; created: number } {
  const until = cluster.now.getTime() + hours * 3_600_000;
  let looks = 0;
  let created = 0;
  while (cluster.now.getTime() < until) {
    looks += 1;
    const plan = reconcileService(cluster.snapshot());
    created += plan.create.length;
    cluster.apply(plan);
    let moved = false;
    for (let i = 0; i < cluster.containers.length; i += 1) moved = cluster.advance(i) || moved;
    if (moved) cluster.pass(100);
    else if (plan.lookAgainAt === null) break;
    else cluster.pass(plan.lookAgainAt.getTime() - cluster.now.getTime());
  }
  return { looks, created };
}

describe('a service that cannot come up', () => {
  it('is tried about twelve times an hour and slot, not more', () => {
    const broken = new ClusterSimulator(service({ replicas: 2 }), [revision(1)], [node('a')], { 1: 'no-image' });
    broken.begin(deployment());
    const { looks, created } = watch(broken, 6);
    expect(broken.deployment?.state).toBe('failed');
    expect(created).toBeGreaterThan(2 * 6 * 8);
    expect(created).toBeLessThan(2 * 6 * 15);
    expect(looks).toBeLessThan(created * 6);
  });

  it('asks for a place every 15 s at most, and makes nothing', () => {
    const full = new ClusterSimulator(service(), [revision(1)], [node('a', { maxContainers: 0 })], { 1: 'serves' });
    const { looks, created } = watch(full, 1);
    expect(created).toBe(0);
    expect(looks).toBeLessThanOrEqual(241);
  });

  it('is quiet when there is nothing to wait for', () => {
    const fine = new ClusterSimulator(service(), [revision(1)], [node('a')], { 1: 'serves' });
    expect(watch(fine, 1).looks).toBeLessThan(8);
  });
});
