import { Readable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { ObjectVerb } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { ShareObjects, type ObjectPlace } from '#libs/core/stream/share-objects.port.js';
import { readArchive, writeArchive } from './archive.stream.js';
import type { GatewayStream } from './gateway.stream.js';
import type { GrpcNodeStreams } from './grpc.node-streams.js';

const withinMs = 60_000;
const listed = z.object({ key: z.string(), bytes: z.number() });

/** Objects of shares through the gateways, one stream for each call. */
export class GrpcShareObjects extends ShareObjects {
  constructor(private readonly streams: GrpcNodeStreams) {
    super();
  }

  async put(nodeId: string, place: ObjectPlace, content: Readable, signal: AbortSignal): Promise<void> {
    const drop = () => content.destroy(asError(signal.reason));
    signal.addEventListener('abort', drop, { once: true });
    // It may break before anybody reads it.
    content.on('error', () => undefined);
    try {
      const stream = await this.open(nodeId, place, ObjectVerb.PUT, signal);
      await writeArchive(stream, content);
    } catch (error) {
      throw signal.aborted ? signal.reason : (content.errored ?? error);
    } finally {
      signal.removeEventListener('abort', drop);
      content.destroy();
    }
  }

  async get(nodeId: string, place: ObjectPlace, signal: AbortSignal): Promise<Readable> {
    return readArchive(await this.open(nodeId, place, ObjectVerb.GET, signal));
  }

  async *list(nodeId: string, place: ObjectPlace, signal: AbortSignal): AsyncGenerator<{ key: string; bytes: number }> {
    const content = readArchive(await this.open(nodeId, place, ObjectVerb.LIST, signal));
    // Lines end quietly when their source breaks.
    let broken: unknown = null;
    content.on('error', (error) => (broken = error));
    for await (const line of createInterface({ input: content })) yield listed.parse(JSON.parse(line));
    if (broken) throw signal.aborted ? signal.reason : broken;
  }

  async clear(nodeId: string, place: ObjectPlace, signal: AbortSignal): Promise<void> {
    const content = readArchive(await this.open(nodeId, place, ObjectVerb.CLEAR, signal));
    for await (const _ of content) continue;
  }

  /** A call that is given up ends, wherever it is. */
  private async open(
    nodeId: string,
    place: ObjectPlace,
    verb: ObjectVerb,
    signal: AbortSignal,
  ): Promise<GatewayStream> {
    signal.throwIfAborted();
    const request = { $case: 'object' as const, value: { ...place, verb } };
    const stream = await this.streams.open(nodeId, { containerId: '', request }, withinMs);
    signal.addEventListener('abort', () => stream.cancel(), { once: true });
    if (signal.aborted) stream.cancel();
    signal.throwIfAborted();
    return stream;
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error('It was given up.'));
