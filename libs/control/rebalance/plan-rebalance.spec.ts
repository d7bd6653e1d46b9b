import { demand, node, service } from '../testing/views.js';
import { planRebalance, type BalancedContainer } from './plan-rebalance.js';

const at = (name: string, where: string, patch: Partial<BalancedContainer> = {}): BalancedContainer => ({
  ...{ id: name, name, nodeId: `id-${where}`, demand: demand(), stays: null },
  ...patch,
});
const web = service({ id: 'web', name: 'web' });
const full = ['web-1', 'web-2', 'web-3', 'web-4'].map((name) => at(name, 'a'));
const nodes = [node('a', { usedContainers: 4 }), node('b')];

describe('planRebalance', () => {
  it('moves from the fullest node to the emptiest until they are as even as can be', () => {
    const plan = planRebalance({ nodes, services: [{ service: web, containers: full }] }, 10);
    expect(plan.moves.map((move) => [move.containerId, move.toNodeId])).toEqual([
      ['web-1', 'id-b'],
      ['web-2', 'id-b'],
    ]);
    expect([plan.before, plan.after]).toEqual([
      { fewest: 0, most: 4 },
      { fewest: 2, most: 2 },
    ]);
    expect(plan.moves[0]?.reason).toBe('Container "web-1" goes from "a" to "b": "a" holds 4 containers and "b" 0.');
  });

  it('moves no more than its budget', () => {
    expect(planRebalance({ nodes, services: [{ service: web, containers: full }] }, 1).moves).toHaveLength(1);
    expect(planRebalance({ nodes, services: [{ service: web, containers: full }] }, 0).moves).toEqual([]);
  });

  it('leaves a difference of one', () => {
    const services = [{ service: web, containers: full.slice(0, 1) }];
    expect(planRebalance({ nodes: [node('a', { usedContainers: 1 }), node('b')], services }, 9).moves).toEqual([]);
  });

  it('leaves what stays, and what has no room elsewhere', () => {
    const staying = full.map((one) => ({ ...one, stays: 'It has volumes.' }));
    expect(planRebalance({ nodes, services: [{ service: web, containers: staying }] }, 9).moves).toEqual([]);
    const small = [nodes[0], node('b', { milliCpu: 50 })].flatMap((one) => one ?? []);
    expect(planRebalance({ nodes: small, services: [{ service: web, containers: full }] }, 9).moves).toEqual([]);
  });

  it('parts the containers of a service that wants them apart, where that costs the others nothing', () => {
    const apart = service({ id: 'ha', name: 'ha', placement: { strategy: 'high-availability' } });
    const both = [node('a', { usedContainers: 3 }), node('b', { usedContainers: 2 })];
    const services = [{ service: apart, containers: [at('ha-1', 'a'), at('ha-2', 'a')] }];
    const plan = planRebalance({ nodes: both, services }, 9);
    expect(plan.moves).toEqual([
      expect.objectContaining({
        containerId: 'ha-1',
        reason:
          'Container "ha-1" goes from "a" to "b": "a" holds 3 containers and "b" 2; "ha" wants its containers apart.',
      }),
    ]);
    expect(
      planRebalance({ nodes: [...both].map((one) => ({ ...one, usedContainers: 3 })), services }, 9).moves,
    ).toEqual([]);
  });

  it('neither takes from a node that is drained or silent, nor gives to it', () => {
    for (const patch of [{ draining: true }, { state: 'suspect' as const }]) {
      const services = [{ service: web, containers: full }];
      expect(
        planRebalance({ nodes: [node('a', { usedContainers: 4, ...patch }), node('b')], services }, 9).moves,
      ).toEqual([]);
      expect(planRebalance({ nodes: [node('a', { usedContainers: 4 }), node('b', patch)], services }, 9).moves).toEqual(
        [],
      );
    }
  });
});
