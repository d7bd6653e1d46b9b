import { nodeClusterState, type NodeClusterFacts } from './cluster-state.js';

const up = { state: 'ready' as const, releasing: false };
const brought: NodeClusterFacts = { removed: false, terminating: false, targetNodes: null, deployed: false, nodes: [] };
const claimed: NodeClusterFacts = { ...brought, targetNodes: 2, deployed: true };

describe('the state of a node cluster', () => {
  it.each<[string, NodeClusterFacts]>([
    ['empty', brought],
    ['deployed', { ...brought, nodes: [up, { ...up, state: 'suspect' }] }],
    ['deploying', { ...brought, nodes: [up, { ...up, state: 'joining' }] }],
    ['partly-deployed', { ...brought, nodes: [up, { ...up, state: 'lost' }] }],
    ['init', { ...claimed, deployed: false }],
    ['deployed', { ...claimed, nodes: [up, up] }],
    ['partly-deployed', { ...claimed, nodes: [up] }],
    ['scaling', { ...claimed, targetNodes: 1, nodes: [up, { ...up, releasing: true }] }],
    ['empty', { ...claimed, targetNodes: 0 }],
    ['terminating', { ...claimed, terminating: true, nodes: [{ ...up, releasing: true }] }],
    ['terminated', { ...claimed, removed: true, terminating: true }],
  ])('is %s', (state, facts) => expect(nodeClusterState(facts)).toBe(state));
});
