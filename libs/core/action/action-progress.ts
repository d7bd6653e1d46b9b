import { actionEnded } from '#libs/domain/action/state.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { inPlaceOf } from './action-reach.js';
import { ActionCommands } from './action.commands.js';
import type { ActionRecord } from './action.repository.port.js';

const pollMs = 500;

export interface ProgressLine {
  text: string;
  at: Date;
}

/** What an action has come to, as lines that grow while it goes on. */
export class ActionProgress {
  constructor(
    private readonly work: UnitOfWork,
    private readonly actions: ActionCommands,
  ) {}

  /**
   * Yields the last `tail` lines so far (null: all of them) and, with `follow`, those to come until the action has
   * ended or the signal aborts. Errors: `not-found`.
   */
  async *lines(
    context: RequestContext,
    id: string,
    options: { tail: number | null; follow: boolean; signal: AbortSignal },
  ): AsyncGenerator<ProgressLine> {
    const said = new Set<string>();
    let skipped = false;
    while (!options.signal.aborted) {
      const action = await this.actions.get(context, id);
      const lines = await this.read(context, action);
      if (!skipped && options.tail !== null) {
        for (const { text } of lines.slice(0, Math.max(0, lines.length - options.tail))) said.add(text);
      }
      skipped = true;
      for (const line of lines) {
        if (said.has(line.text)) continue;
        said.add(line.text);
        yield line;
      }
      if (!options.follow || actionEnded(action.state)) return;
      await pause(pollMs, options.signal);
    }
  }

  /** Errors: `not-found`. */
  async mustExist(context: RequestContext, id: string): Promise<void> {
    await this.actions.get(context, id);
  }

  private async read(context: RequestContext, action: ActionRecord): Promise<ProgressLine[]> {
    const subject = `${action.resourceType} ${action.resourceName ? `"${action.resourceName}"` : (action.resourceId ?? '')}`;
    const asked = `${action.userName ?? 'The platform'} asked for ${action.verb} of ${subject}.`;
    const deployments = await this.work.tenantRead(inPlaceOf(context, action), (tx) =>
      tx.actions.deploymentStates(action.id),
    );
    const now = action.endedAt ?? new Date();
    const lines = deployments.map(({ serviceName, state, message }) => ({
      text: `${serviceName}: ${state.replaceAll('-', ' ')}.${message ? ` ${message}` : ''}`,
      at: now,
    }));
    const end = `The action has ended: ${action.state}.${action.message ? ` ${action.message}` : ''}`;
    return [
      { text: asked, at: action.startedAt },
      ...lines,
      ...(action.endedAt ? [{ text: end, at: action.endedAt }] : []),
    ];
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
