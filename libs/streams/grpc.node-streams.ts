import type { Readable } from 'node:stream';
import { channelOptions, gatewayCredentials, type TlsIdentity } from '#libs/agent-protocol/channel.js';
import { frames } from '#libs/agent-protocol/frame.js';
import {
  GatewayPeerClient,
  type ArchiveRequest,
  type StreamRequest,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import {
  NodeStreams,
  type ExecOptions,
  type ExecStream,
  type LogOptions,
  type VolumeOnNode,
} from '#libs/core/stream/node-streams.port.js';
import { shareToWire } from '#libs/agent-protocol/share.translate.js';
import { DomainError } from '#libs/domain/error.js';
import { readArchive, writeArchive } from './archive.stream.js';
import { GatewayStream } from './gateway.stream.js';
import { ProcessStream } from './process.stream.js';
import { readOutput, readStats } from './output.readable.js';

export interface GrpcNodeStreamsOptions {
  directory: Pick<AgentDirectory, 'gatewayOf'>;
  /** A platform certificate of this process. */
  identity: TlsIdentity;
  /** Gateways to go through instead of the one that holds the node; any can relay. */
  gateways?: readonly string[];
  /** How long the node may take until the stream stands. */
  openWithinMs?: number;
}

/** A node works on a few volumes at a time; others wait for their turn. */
const archiveWithinMs = 60_000;

/** Container streams through the gateways: one channel per gateway, one call per stream. */
export class GrpcNodeStreams extends NodeStreams {
  private readonly clients = new Map<string, GatewayPeerClient>();
  private turn = 0;

  constructor(private readonly options: GrpcNodeStreamsOptions) {
    super();
  }

  async logs(nodeId: string, containerId: string, options: LogOptions): Promise<Readable> {
    const { follow, tail, since, stdout, stderr, timestamps } = options;
    const stream = await this.open(nodeId, {
      containerId,
      request: {
        $case: 'logs',
        value: { follow, tail: tail ?? undefined, since: since?.getTime(), stdout, stderr, timestamps },
      },
    });
    return readOutput(stream);
  }

  async exec(nodeId: string, containerId: string, options: ExecOptions): Promise<ExecStream> {
    const { command, tty, stdin, environment, user, workingDir } = options;
    const value = { command, tty, stdin, environment, user: user ?? '', workingDir: workingDir ?? '' };
    return new ProcessStream(await this.open(nodeId, { containerId, request: { $case: 'exec', value } }));
  }

  async attach(nodeId: string, containerId: string, { stdin }: { stdin: boolean }): Promise<ExecStream> {
    return new ProcessStream(await this.open(nodeId, { containerId, request: { $case: 'attach', value: { stdin } } }));
  }

  async stats(nodeId: string, containerId: string, intervalMs: number): Promise<Readable> {
    return readStats(await this.open(nodeId, { containerId, request: { $case: 'stats', value: { intervalMs } } }));
  }

  async readVolume(nodeId: string, volume: VolumeOnNode, path: string): Promise<Readable> {
    return readArchive(await this.openArchive(nodeId, { ...onWire(volume), path, write: false }));
  }

  async writeVolume(
    nodeId: string,
    volume: VolumeOnNode,
    path: string,
    content: Readable,
    mostBytes: number | null,
  ): Promise<void> {
    const limit = mostBytes === null ? {} : { mostBytes };
    const stream = await this.openArchive(nodeId, { ...onWire(volume), path, write: true, ...limit });
    await writeArchive(stream, content);
  }

  private openArchive(nodeId: string, value: ArchiveRequest): Promise<GatewayStream> {
    return this.open(nodeId, { containerId: '', request: { $case: 'archive', value } }, archiveWithinMs);
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }

  /** A stream of any kind that a node’s agent knows; resolves when it stands. */
  async open(
    nodeId: string,
    request: StreamRequest,
    withinMs = this.options.openWithinMs ?? 10_000,
  ): Promise<GatewayStream> {
    const call = this.clientOf(await this.gatewayFor(nodeId)).open();
    const stream = new GatewayStream(call);
    call.write(frames.open(nodeId, request, false));
    await stream.opened(withinMs);
    return stream;
  }

  private async gatewayFor(nodeId: string): Promise<string> {
    const { gateways, directory } = this.options;
    const chosen = gateways?.[this.turn++ % gateways.length];
    if (chosen) return chosen;
    const holder = await directory.gatewayOf(nodeId);
    if (!holder) throw new DomainError('unavailable', 'The node is not connected.');
    return holder.address;
  }

  private clientOf(address: string): GatewayPeerClient {
    let client = this.clients.get(address);
    if (!client) {
      client = new GatewayPeerClient(address, gatewayCredentials(this.options.identity), channelOptions);
      this.clients.set(address, client);
    }
    return client;
  }
}

const onWire = (volume: VolumeOnNode) => ({ ...volume, share: shareToWire(volume.share) });
