import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PeerProbeResult } from '#apps/agent/network/peer.probe.js';
import type { NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { ContainerTemplateInput } from '#libs/domain/container/template.js';
import { sampleImage } from '#libs/launch/engine/image.js';
import { entering } from '#libs/launch/process/namespaces.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';

export interface NodeOptions {
  nodeId: string;
  engineSocket: string;
  underlayAddress: string;
  folder: string;
  image: string;
  nameServers: string[];
}

export interface WantedContainer {
  containerId: string;
  projectId: string;
  name: string;
  privateAddress: string;
  template?: Partial<ContainerTemplateInput>;
}

export type Order =
  | { do: 'network'; state: NetworkState }
  | { do: 'run'; containers: WantedContainer[] }
  | { do: 'remove'; projectId: string; containerIds: string[] }
  | { do: 'probe' }
  | { do: 'problems' };

const root = join(import.meta.dirname, '../../../..');

/** The agent of a lab's node, without a control plane: the test says what the network is and what runs. */
export class OverlayNode {
  private child: ChildProcess | null = null;
  private nextId = 1;
  private errors = '';
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  constructor(
    readonly lab: LabNode,
    readonly nodeId: string,
    private readonly nameServers: string[] = [],
  ) {}

  start(): Promise<void> {
    const folder = this.lab.state.file('agent');
    mkdirSync(folder, { recursive: true });
    const options: NodeOptions = {
      nodeId: this.nodeId,
      engineSocket: this.lab.engineSocket,
      underlayAddress: this.lab.address,
      folder,
      image: sampleImage,
      nameServers: this.nameServers,
    };
    const program = [join(root, 'test/support/ts-loader.mjs'), join(import.meta.dirname, 'overlay-node.ts')];
    const args = ['--no-warnings', '--import', ...program, JSON.stringify(options)];
    const inside = entering(this.lab.namespaces, process.execPath, args);
    const child = spawn(inside.command, inside.args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: root });
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    child.once('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${this.lab.name} ended: ${this.errors}`));
      this.waiting.clear();
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.hear(line));
    return new Promise((resolve, reject) => this.waiting.set(0, { resolve: () => resolve(), reject }));
  }

  /** As a crash would: nothing is tidied up. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
  }

  network(state: NetworkState): Promise<{ generation: number; problems: string[] }> {
    return this.order({ do: 'network', state });
  }

  run(containers: WantedContainer[]): Promise<{ engineId: string; address: string }[]> {
    return this.order({ do: 'run', containers });
  }

  async remove(projectId: string, containerIds: string[]): Promise<void> {
    await this.order({ do: 'remove', projectId, containerIds });
  }

  probe(): Promise<PeerProbeResult[]> {
    return this.order({ do: 'probe' });
  }

  problems(): Promise<string[]> {
    return this.order({ do: 'problems' });
  }

  private order<T>(order: Order): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.child?.stdin?.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  private hear(line: string): void {
    if (!line.startsWith('{"id"')) return;
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const waiter = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiter?.resolve(result);
    else waiter?.reject(new Error(error));
  }
}
