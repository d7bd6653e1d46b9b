import type { ContainerView } from '../snapshot.js';
import { awaitsStart, isOver, lives, neverRan } from './container-facts.js';
import type { Scene } from './scene.js';

const progress: Partial<Record<ContainerView['state'], number>> = {
  running: 3,
  starting: 4,
  pulling: 5,
  pending: 6,
  stopping: 7,
};

/** Which container of a slot to keep when there are several: the lowest. Equal ones: the newest. */
function rank(scene: Scene, container: ContainerView): number {
  if (scene.isAvailable(container)) return scene.isDraining(container) ? 1 : 0;
  if (scene.isUp(container)) return 2;
  if (awaitsStart(container)) return 4;
  if (neverRan(container)) return 10;
  if (isOver(container)) return 8;
  return progress[container.state] ?? 9; // lost
}

/** Best first. A replacement that runs thus wins over one that came back with its node. */
export const byRank = (scene: Scene, containers: readonly ContainerView[]): ContainerView[] =>
  [...containers].sort((a, b) => rank(scene, a) - rank(scene, b)); // stable: newest first stays within a rank

/** `incoming` is the living replacement of one that has to leave its draining node: both stay until it is up. */
export const movesOff = (scene: Scene, outgoing: ContainerView, incoming: ContainerView): boolean =>
  scene.isDraining(outgoing) && !scene.isDraining(incoming) && lives(outgoing) && lives(incoming);
