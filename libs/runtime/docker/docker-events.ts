import { decodeJsonLines } from '#libs/wire/docker/json-lines.js';
import type { RuntimeEvent, RuntimeEventKind } from '../container.js';
import { isInScope, labelPrefix, type Labels, runtimeLabels } from '../labels.js';
import { RuntimeError } from '../runtime.error.js';
import type { DockerApi } from './docker-api.js';
import type { DockerOwnership } from './docker-ownership.js';

interface EventLine {
  Action?: string;
  status?: string;
  Type?: string;
  id?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> | null };
  time?: number;
  timeNano?: number;
}

/** Docker's words and Podman's. */
const kinds: Record<string, RuntimeEventKind> = {
  create: 'create',
  start: 'start',
  die: 'die',
  died: 'die',
  oom: 'oom',
  pause: 'pause',
  unpause: 'unpause',
  destroy: 'remove',
  remove: 'remove',
  health_status: 'health',
};

export class DockerEvents {
  constructor(
    private readonly api: DockerApi,
    private readonly ownership: DockerOwnership,
  ) {}

  async subscribe(signal: AbortSignal): Promise<AsyncIterable<RuntimeEvent>> {
    const label = `${runtimeLabels.node}=${this.ownership.scope}`;
    const answer = await this.api.stream('GET', '/events', {
      query: { filters: JSON.stringify({ type: ['container'], label: [label] }) },
      signal,
    });
    return this.read(answer, signal);
  }

  private async *read(answer: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    try {
      for await (const line of decodeJsonLines(answer)) {
        const event = toEvent(line as EventLine);
        if (event && this.isOurs(event)) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw new RuntimeError('unavailable', 'The engine broke its events off.', { cause: error });
    }
    if (!signal.aborted) throw new RuntimeError('unavailable', 'The engine ended its events.');
  }

  private isOurs(event: RuntimeEvent): boolean {
    const ours = isInScope(event.labels, this.ownership.scope) || this.ownership.knows(event.engineId);
    if (event.kind === 'remove') this.ownership.forget(event.engineId);
    return ours;
  }
}

/** Attributes are labels and a few words of the engine's own; only the platform's labels are told apart for sure. */
const labelsOf = (attributes: Record<string, string>): Labels =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith(labelPrefix)));

export const toEvent = (line: EventLine): RuntimeEvent | null => {
  const action = (line.Action ?? line.status ?? '').split(':')[0] ?? '';
  const kind = kinds[action];
  const engineId = line.Actor?.ID ?? line.id;
  if (!kind || engineId === undefined || (line.Type ?? 'container') !== 'container') return null;
  const attributes = line.Actor?.Attributes ?? {};
  const exitCode = attributes['exitCode'] ?? attributes['containerExitCode'];
  return {
    kind,
    engineId,
    name: attributes['name'] ?? '',
    labels: labelsOf(attributes),
    exitCode: kind === 'die' && exitCode !== undefined ? Number(exitCode) : null,
    at: new Date(line.timeNano === undefined ? (line.time ?? 0) * 1000 : line.timeNano / 1e6),
  };
};
