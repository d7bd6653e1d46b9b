import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Log } from '#libs/platform/log.js';
import type { ProjectNetwork } from './project.network.js';

export interface PeerProbeResult {
  nodeId: string;
  reachable: boolean;
  /** Of the latest answer; 0 while there is none. */
  roundTripMs: number;
}

export interface ProbeTiming {
  everyMs: number;
  answerWithinMs: number;
  /** Questions in a row without an answer that make a peer unreachable: one packet may be lost. */
  tries: number;
}

export const probeTiming: ProbeTiming = { everyMs: 5_000, answerWithinMs: 500, tries: 3 };

const question = 0x71;
const answer = 0x61;
const nonceBytes = 8;

/** Sends a few bytes to each other node through a project's tunnel, and answers theirs. */
export class PeerProbe {
  results: readonly PeerProbeResult[] = [];
  private socket: Socket | null = null;
  private timer: NodeJS.Timeout | undefined;
  private readonly expected = new Map<string, (at: number) => void>();

  constructor(
    private readonly networks: () => readonly ProjectNetwork[],
    private readonly nodeId: string,
    private readonly port: number,
    private readonly log: Log,
    private readonly report: (results: readonly PeerProbeResult[]) => void,
    private readonly timing: ProbeTiming = probeTiming,
  ) {}

  start(): void {
    const socket = createSocket('udp4');
    this.socket = socket;
    socket.on('error', (error) => {
      this.log.warn({ err: error }, 'Other nodes can’t be probed.');
      this.stop();
    });
    socket.on('message', (message, from) => {
      if (message.length !== nonceBytes + 1) return;
      const nonce = message.subarray(1);
      if (message[0] === question) socket.send(Buffer.concat([Buffer.of(answer), nonce]), from.port, from.address);
      else this.expected.get(nonce.toString('hex'))?.(performance.now());
    });
    socket.bind(this.port, () => void this.round());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }

  private async round(): Promise<void> {
    const peers = this.peers();
    this.results = await Promise.all([...peers].map(([nodeId, address]) => this.probe(nodeId, address)));
    if (!this.socket) return;
    if (peers.size > 0) this.report(this.results);
    this.timer = setTimeout(() => void this.round(), this.timing.everyMs);
  }

  /** Each other node by its address in the first project that both are in. */
  private peers(): Map<string, string> {
    const found = new Map<string, string>();
    const networks = [...this.networks()].sort((a, b) => a.vni - b.vni);
    for (const { peers } of networks) {
      for (const { nodeId, nodeAddress } of peers) {
        if (nodeId !== this.nodeId && !found.has(nodeId)) found.set(nodeId, nodeAddress);
      }
    }
    return found;
  }

  private async probe(nodeId: string, address: string): Promise<PeerProbeResult> {
    for (let attempt = 0; attempt < this.timing.tries; attempt += 1) {
      const roundTripMs = await this.ask(address);
      if (roundTripMs !== null) return { nodeId, reachable: true, roundTripMs };
    }
    return { nodeId, reachable: false, roundTripMs: 0 };
  }

  private ask(address: string): Promise<number | null> {
    const nonce = randomBytes(nonceBytes);
    const key = nonce.toString('hex');
    return new Promise((resolve) => {
      const sentAt = performance.now();
      const settle = (result: number | null) => {
        clearTimeout(timer);
        this.expected.delete(key);
        resolve(result);
      };
      const timer = setTimeout(() => settle(null), this.timing.answerWithinMs);
      this.expected.set(key, (at) => settle(at - sentAt));
      if (!this.socket) return settle(null);
      // Refused at once where there is no route: the same as silence.
      this.socket.send(Buffer.concat([Buffer.of(question), nonce]), this.port, address, () => undefined);
    });
  }
}
