import type { RuntimeContainerDetail, RuntimeContainerSpec } from '#libs/runtime/container.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import type { ContainerRecord } from './container.record.js';
import { within } from './engine.client.js';
import type { NodeContext } from './node.context.js';

const defaultGraceMs = 10_000;

/** One container's calls to the engine, with their deadlines and their share of the node's slots. */
export class ContainerEngine {
  constructor(
    private readonly record: ContainerRecord,
    private readonly context: NodeContext,
  ) {}

  /** Its engine id, or its name while the id is not known. */
  private get key(): string {
    return this.record.run.engineId ?? this.record.assignment.name;
  }

  /** Null when the engine has no such container of ours; creating one will say why if the name is taken. */
  async inspect(): Promise<RuntimeContainerDetail | null> {
    const { driver, deadlines, looks } = this.context;
    const detail = await present(looks.run(() => within(deadlines.look, driver.inspect(this.key))));
    return detail?.labels[runtimeLabels.container] === this.record.assignment.containerId ? detail : null;
  }

  create(spec: RuntimeContainerSpec): Promise<string> {
    const { driver, deadlines, starts } = this.context;
    return starts.run(() => within(deadlines.change, driver.create(spec)));
  }

  /** `again` passes the containers that wait for their first start. */
  start(again: boolean): Promise<void> {
    const { driver, deadlines, starts } = this.context;
    return starts.run(() => within(deadlines.change, driver.start(this.key)), again);
  }

  /** False when it is not there. */
  async stop(): Promise<boolean> {
    const { driver, deadlines, stops } = this.context;
    const { template } = this.record.assignment;
    const graceMs = template?.stopGraceMs ?? defaultGraceMs;
    const options = { graceMs, ...(template?.stopSignal && { signal: template.stopSignal }) };
    const stopped = stops.run(() => within(graceMs + deadlines.change, driver.stop(this.key, options)));
    return (await present(stopped.then(() => true))) ?? false;
  }

  remove(): Promise<void> {
    const { driver, deadlines, stops } = this.context;
    return stops.run(() => within(deadlines.change, driver.remove(this.key, { force: true, volumes: true })));
  }

  /** The exit code of a process that has ended; null when the container is not there. */
  async exitCode(): Promise<{ exitCode: number } | null> {
    const { driver, deadlines } = this.context;
    return present(within(deadlines.look, driver.wait(this.key)));
  }
}

/** Not found, or somebody else's under that name: to this agent the same. */
async function present<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isRuntimeError(error, 'not-found', 'conflict')) return null;
    throw error;
  }
}
