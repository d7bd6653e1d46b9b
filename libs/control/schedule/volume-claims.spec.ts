import { keepSlots } from '../reconcile/keep-slots.js';
import { PlanDraft } from '../reconcile/plan-draft.js';
import { Scene } from '../reconcile/scene.js';
import type { VolumeClaim } from '../snapshot.js';
import { container, node, revision, service, snapshot } from '../testing/views.js';
import { claimRefusal } from './volume-claims.js';

const claim = (writer: VolumeClaim['writer'] = null): VolumeClaim => ({ volume: 'data', writer });
const writer = { containerName: 'db-1', nodeName: 'alpha', lost: false };

describe('a volume with one writer', () => {
  it('is free for a container when nothing can write to it', () => {
    expect(claimRefusal(1, [claim()], new Set())).toBeNull();
  });

  it('is waited for while its writer lives, with a sentence that names it', () => {
    expect(claimRefusal(2, [claim(writer)], new Set())).toEqual({
      ordinal: 2,
      kind: 'not-now',
      sentence: 'Volume "data" has one writer at a time, and container "db-1" holds it.',
    });
  });

  it('is not given away while its writer’s node is lost', () => {
    const refusal = claimRefusal(1, [claim({ ...writer, lost: true })], new Set());
    expect(refusal?.sentence).toBe(
      'Volume "data" may still be written by container "db-1" on node "alpha", which is lost; ' +
        'that node has to come back or be removed, or the volume be released.',
    );
  });

  const keep = (given: Parameters<typeof snapshot>[0]) => {
    const view = snapshot(given);
    const scene = new Scene(view, null, view.service);
    const draft = new PlanDraft(scene);
    keepSlots(scene, draft);
    return draft;
  };

  it('goes to one container of a plan only', () => {
    const draft = keep({
      service: service({ replicas: 2 }),
      revisions: [revision(1, { claims: [claim()] })],
      containers: [],
      nodes: [node('a'), node('b')],
    });
    expect(draft.create).toHaveLength(1);
    expect(draft.refusals).toMatchObject([{ sentence: 'Volume "data" has one writer at a time.' }]);
  });

  it('keeps the replacement of a lost container waiting until it is free', () => {
    const lost = container(1, { nodeId: 'id-a', state: 'running' });
    const nodes = [node('a', { state: 'lost' }), node('b')];
    const held = claim({ ...writer, lost: true });
    const waiting = keep({ revisions: [revision(1, { claims: [held] })], containers: [lost], nodes });
    expect(waiting.create).toEqual([]);
    expect(waiting.refusals[0]?.sentence).toContain('may still be written');
    const free = keep({ revisions: [revision(1, { claims: [claim()] })], containers: [lost], nodes });
    expect(free.create).toMatchObject([{ ordinal: 1, nodeId: 'id-b' }]);
  });

  it('makes a container end before its successor comes when it leaves a draining node', () => {
    const leaving = container(1, { nodeId: 'id-a' });
    const nodes = [node('a', { draining: true }), node('b')];
    const draft = keep({ revisions: [revision(1, { claims: [claim(writer)] })], containers: [leaving], nodes });
    expect(draft.create).toEqual([]);
    expect(draft.change).toMatchObject([{ containerId: leaving.id, desired: 'removed' }]);
    const nowhere = keep({
      revisions: [revision(1, { claims: [claim(writer)], pins: [{ volume: 'data', nodeId: 'id-a' }] })],
      containers: [leaving],
      nodes,
    });
    expect(nowhere.change).toEqual([]);
    expect(nowhere.refusals).toHaveLength(1);
  });
});

describe('a local volume that is on no node yet', () => {
  it('brings all containers that share it to the node of the first', () => {
    const view = snapshot({
      service: service({ replicas: 3 }),
      revisions: [revision(1, { unplaced: ['data'] })],
      containers: [],
      nodes: [node('a', { maxContainers: 2 }), node('b', { usedContainers: 5 })],
    });
    const scene = new Scene(view, null, view.service);
    const draft = new PlanDraft(scene);
    keepSlots(scene, draft);
    expect(draft.create.map(({ nodeId }) => nodeId)).toEqual(['id-a', 'id-a']);
    expect(draft.refusals.map(({ sentence }) => sentence)).toEqual([
      '1 node holds as many containers as it may, 1 node does not hold the local volume "data".',
    ]);
  });
});

describe('an instance’s own volumes', () => {
  const nodes = [node('a'), node('b', { tags: ['ssd'] })];
  const pinned = new Map([[1, { pins: [{ volume: 'db-1', nodeId: 'id-a' }], claims: [] }]]);

  it('hold that instance on their node, and no other', () => {
    const view = snapshot({
      service: service({ replicas: 3 }),
      revisions: [revision(1, {}, pinned)],
      containers: [],
      nodes: [node('a', { usedContainers: 50 }), node('b')],
    });
    const scene = new Scene(view, null, view.service);
    const draft = new PlanDraft(scene);
    keepSlots(scene, draft);
    expect(draft.create.map(({ ordinal, nodeId }) => [ordinal, nodeId])).toEqual([
      [1, 'id-a'],
      [2, 'id-b'],
      [3, 'id-b'],
    ]);
  });

  it('refuse for that instance alone, naming the volume', () => {
    const view = snapshot({
      service: service({ replicas: 2, placement: { tags: ['ssd'] } }),
      revisions: [revision(1, {}, pinned)],
      containers: [],
      nodes,
    });
    const scene = new Scene(view, null, view.service);
    const draft = new PlanDraft(scene);
    keepSlots(scene, draft);
    expect(draft.create).toMatchObject([{ ordinal: 2, nodeId: 'id-b' }]);
    expect(draft.refusals).toEqual([
      {
        ordinal: 1,
        kind: 'never',
        sentence: '1 node lacks the tag "ssd", 1 node does not hold the local volume "db-1".',
      },
    ]);
  });
});
