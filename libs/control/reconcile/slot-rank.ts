import type { ContainerView } from '../snapshot.js';
import { awaitsStart, isOver, lives, neverRan } from './container-facts.js';
import type { Scene } from './scene.js';

const progress: Partial<Record<ContainerView['state'], number>> = {
  running: 2,
  starting: 3,
  pulling: 4,
  pending: 5,
  stopping: 6,
};

/** Which container of a slot to keep when there are several: the lowest. Equal ones: the newest. */
function rank(scene: Scene, container: ContainerView): number {
  if (scene.isUp(container)) return scene.isDraining(container) ? 1 : 0;
  if (awaitsStart(container)) return 3;
  if (neverRan(container)) return 9;
  if (isOver(container)) return 7;
  return progress[container.state] ?? 8; // lost
}

/** Best first. A replacement that runs thus wins over one that came back with its node. */
export const byRank = (scene: Scene, containers: readonly ContainerView[]): ContainerView[] =>
  [...containers].sort((a, b) => rank(scene, a) - rank(scene, b)); // stable: newest first stays within a rank

/** `incoming` is the living replacement of one that has to leave its draining node: both stay until it is up. */
export const movesOff = (scene: Scene, outgoing: ContainerView, incoming: ContainerView): boolean =>
  scene.isDraining(outgoing) && !scene.isDraining(incoming) && lives(outgoing) && lives(incoming);
