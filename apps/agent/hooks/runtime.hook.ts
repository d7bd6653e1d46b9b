import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { HealthState } from '#libs/domain/container/state.js';
import type { RuntimeContainerDetail, RuntimeContainerSpec } from '#libs/runtime/container.js';

/** The container as hooks see it; what they learn of it goes back through it. */
export interface HookContainer {
  readonly id: string;
  readonly assignment: NodeAssignment;
  readonly template: ContainerTemplate;
  /** The engine’s id of the image that it is made of, once that is known while it is prepared. */
  readonly imageId: string | null;
  /** Fires when the assignment changed so that preparing it further is pointless. */
  readonly signal: AbortSignal;
  /** Creating it failed before: what a hook remembers of the engine may be wrong. */
  readonly retrying: boolean;
  /** Another container of the same project is on this node or about to be. */
  sharesProject(): boolean;
  /** Containers of a service of its own project that are on this node’s engine and are to stay. */
  neighbours(serviceId: string): { ordinal: number; engineId: string }[];
  pulling(): void;
  health(state: HealthState): void;
  /** Its process is no longer there; null where its exit code has to be asked for. */
  gone(exitCode: number | null): void;
}

/** What a hook adds to the container that is about to be made. */
export type SpecPart = Partial<
  Pick<RuntimeContainerSpec, 'imageId' | 'network' | 'names' | 'hosts' | 'volumes' | 'volumesFrom'>
> & {
  imageDigest?: string | null;
};

/**
 * One concern of running a container on a node. Hooks run in the order of the list in agent.ts for `prepare` and
 * `started`, and backwards for `stopped` and `destroy`. A container that the agent finds running after its own
 * restart gets `started` without `prepare`.
 */
export interface RuntimeHook {
  readonly name: string;
  /** Before it is created; an error is judged like the engine's own. May be repeated. */
  prepare?(container: HookContainer): Promise<SpecPart>;
  /** Before each start of it, the first and every later one; an error is judged like the engine's own. */
  starting?(container: HookContainer): Promise<void>;
  /** Its process runs. */
  started?(container: HookContainer, detail: RuntimeContainerDetail): void;
  /** Its process ended, or is about to be stopped. Idempotent. */
  stopped?(container: HookContainer): void;
  /** The engine no longer has it. Idempotent; an error is retried. */
  destroy?(container: HookContainer): Promise<void>;
}
