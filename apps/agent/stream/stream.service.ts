import { frames } from '#libs/agent-protocol/frame.js';
import type { OpenStream, StreamRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import type { AgentSession } from '../session/session.js';
import type { VolumeArchives } from '../storage/volume.archives.js';
import type { ShareObjects } from '../shares/share.objects.js';
import { carryArchive } from './archive.stream.js';
import { sendLogs } from './logs.stream.js';
import { carryObject } from './object.stream.js';
import { runSession } from './session.stream.js';
import { sendStats } from './stats.stream.js';
import { StreamChannelCall, StreamGone } from './stream.call.js';

const mostStreams = 512;

/** Opens the streams that a gateway asks for and carries the engine's bytes on them. */
export class StreamService {
  private readonly open = new Map<string, StreamChannelCall>();

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly engineIdOf: (containerId: string) => string | null,
    private readonly archives: VolumeArchives,
    private readonly objects: ShareObjects | null,
    private readonly log: Log,
  ) {}

  get count(): number {
    return this.open.size;
  }

  /** Its reader left. */
  close(streamId: string): void {
    this.open.get(streamId)?.cancel();
  }

  serve(session: AgentSession, { streamId, request }: OpenStream): void {
    const engineId = request ? this.engineIdFor(request) : null;
    if (!request || engineId === null || this.open.size >= mostStreams) {
      const busy = engineId !== null && this.open.size >= mostStreams;
      const code = busy ? 'unavailable' : 'not-found';
      const message = busy ? 'The node has too many open streams.' : 'The container is not on its node yet.';
      void session.send({ $case: 'streamRefused', value: { streamId, code, message } });
      return;
    }
    const call = new StreamChannelCall(session.client.stream());
    this.open.set(streamId, call);
    call
      .send(frames.attach(streamId))
      .then(() => this.carry(call, engineId, request.request))
      .catch((error: unknown) => this.fail(call, error))
      .finally(() => this.open.delete(streamId));
  }

  /** Empty for what is of no container. */
  private engineIdFor({ request, containerId }: StreamRequest): string | null {
    return request?.$case === 'archive' || request?.$case === 'object' ? '' : this.engineIdOf(containerId);
  }

  private async carry(
    call: StreamChannelCall,
    engineId: string,
    request: NonNullable<OpenStream['request']>['request'],
  ): Promise<void> {
    const { driver } = this;
    const { signal } = call;
    switch (request?.$case) {
      case 'logs':
        return sendLogs(call, driver, engineId, request.value);
      case 'stats':
        return sendStats(call, driver, engineId, request.value.intervalMs);
      case 'attach':
        return runSession(call, await driver.attach(engineId, { stdin: request.value.stdin, signal }));
      case 'exec': {
        const { command, tty, stdin, environment, user, workingDir } = request.value;
        const options = { command, tty, stdin, environment, signal };
        return runSession(
          call,
          await driver.exec(engineId, { ...options, ...(user && { user }), ...(workingDir && { workingDir }) }),
        );
      }
      case 'archive':
        return carryArchive(call, this.archives, request.value);
      case 'object':
        return carryObject(call, this.objects, request.value);
      case undefined:
        throw new DomainError('unsupported', 'This node’s agent does not know that kind of stream.');
    }
  }

  private fail(call: StreamChannelCall, error: unknown): void {
    if (error instanceof StreamGone || call.signal.aborted) return call.cancel();
    const reason = asDomainError(error);
    if (reason.code === 'internal') this.log.error({ err: error }, 'A stream failed.');
    call.send(frames.error(reason)).then(
      () => call.end(),
      () => call.cancel(),
    );
  }
}

function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (!isRuntimeError(error)) return new DomainError('internal', 'The node could not open the stream.');
  if (error.code === 'not-found')
    return new DomainError('not-found', 'There is no such container or path on its node.');
  if (error.code === 'conflict') return new DomainError('state', error.message);
  if (error.code === 'invalid') return new DomainError('invalid', error.message);
  if (error.code === 'timeout') return new DomainError('timeout', error.message);
  return new DomainError('unavailable', error.message);
}
