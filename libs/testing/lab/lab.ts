import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ensurePackages, imagePackages, networkPackages, podmanPackages } from '#libs/launch/debian/packages.js';
import { identify, isStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';
import type { NodeProcessPart } from '#libs/launch/process/node-process.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { Cluster, type ClusterOptions } from '../cluster/cluster.js';
import { EngineView } from '../cluster/engine-view.js';
import { LabClient } from './lab.client.js';
import { LabNode } from './lab.node.js';
import { LabSwitch } from './lab.switch.js';

export interface LabOptions {
  /** Three unless given. */
  nodes?: number;
  say?: (line: string) => void;
}

/** Of the platform in a lab: see ClusterOptions. One agent per node; one api, worker and gateway unless given. */
export type PlatformOptions = Pick<ClusterOptions, 'apis' | 'workers' | 'gateways' | 'env' | 'agentEntry'> & {
  /** Given to the agent of each node on top of `env`. */
  agentEnv?: (node: LabNode) => Record<string, string>;
  /** Nodes that get an agent; all unless given. The others can be added by `addAgent`. */
  agents?: number;
};

const prefix = 'pierhead-lab-';

/**
 * Several machines on this one, made of network and mount namespaces, each with an engine of its own, joined by a
 * switch, and an outside client. `platform` adds a control plane, which runs beside the test and answers at the
 * switch's first address, and a compiled agent on each node.
 *
 * ```ts
 * const lab = await Lab.start({ nodes: 3 });
 * const cluster = await lab.platform({ env: { PIERHEAD_NODE_LOST_MS: '3000' } });
 * await cluster.client().ok('POST', '/api/app/v1/service/', …);
 * await lab.client.run('nc', ['-w', '2', lab.node(1).address, '80']);  // as somebody outside
 * await lab.node(1).runIn(engineId, 'ping', ['-c1', '10.64.0.9']);     // as if in the container
 * await lab.node(2).cutLink(); await lab.node(2).restoreLink();        // a partition
 * await lab.node(3).powerOff(); await lab.node(3).powerOn();           // a lost node; then start its agent again
 * await cluster.agents[2].start();
 * await cluster.kill(cluster.agents[0]);                               // an agent's crash; containers run on
 * await lab.stop();
 * ```
 *
 * Everything is named after the lab's folder. A lab whose process died is removed by the next one that starts.
 */
export class Lab {
  readonly nodes: LabNode[];
  /** A machine outside of the cloud. */
  readonly client: LabClient;
  readonly switch: LabSwitch;
  private cluster: Cluster | undefined;

  private constructor(
    readonly state: StateFolder,
    shape: LabShape,
  ) {
    this.switch = new LabSwitch(state.id, shape.third);
    this.nodes = Array.from({ length: shape.nodes }, (_, index) => new LabNode(this.switch, index + 1, state.path));
    this.client = new LabClient(this.switch, state.runPath);
  }

  static async start(options: LabOptions = {}): Promise<Lab> {
    const say = options.say ?? (() => undefined);
    await ensurePackages([...podmanPackages, ...imagePackages, ...networkPackages], say);
    await sweepAbandonedLabs();
    const state = new StateFolder(mkdtempSync(join(tmpdir(), prefix)));
    state.make();
    const shape: LabShape = { nodes: options.nodes ?? 3, third: LabSwitch.freeThird(state.id) };
    state.writePrivate(state.file(shapeFile), JSON.stringify(shape));
    state.writePrivate(state.file(ownerFile), JSON.stringify(identify(process.pid)));
    const lab = new Lab(state, shape);
    try {
      await lab.switch.make();
      await lab.client.make();
      await Promise.all(lab.nodes.map((node) => node.powerOn()));
      return lab;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** @param number from 1 */
  node(number: number): LabNode {
    const node = this.nodes[number - 1];
    if (!node) throw new Error(`The lab has no node ${number}.`);
    return node;
  }

  /** Starts the control plane and an agent on each node, in the nodes' order; at most once per lab. */
  async platform(options: PlatformOptions = {}): Promise<Cluster> {
    const { agentEnv = () => ({}), agents = this.nodes.length, ...rest } = options;
    this.cluster = await Cluster.start({
      ...{ apis: 1, workers: 1, gateways: 1 },
      ...rest,
      agents: 0,
      host: this.switch.machineAddress,
      folder: this.state.file('platform'),
    });
    const prepared = [];
    for (const node of this.nodes.slice(0, agents)) prepared.push(await this.prepareAgent(node, agentEnv(node)));
    await Promise.all(prepared.map((agent) => agent.start()));
    return this.cluster;
  }

  /** Enrols a node that has no agent yet, with the given token or one of its own; its agent is the cluster's last. */
  async addAgent(node: LabNode, env: Record<string, string> = {}, joinToken?: string): Promise<void> {
    const agent = await this.prepareAgent(node, env, joinToken);
    await agent.start();
  }

  /** What a node's engine holds, asked of the engine itself. */
  engine(node: LabNode): EngineView {
    return new EngineView(node.engineSocket, () => this.cluster?.nodeIds() ?? []);
  }

  /** Ends and removes everything, in whatever state it is. */
  async stop(): Promise<void> {
    if (process.env.PIERHEAD_TEST_KEEP) return;
    // Nodes first: agents have no time to report their own end.
    const removed = await Promise.allSettled([...this.nodes, this.client].map((machine) => machine.remove()));
    await stopDaemons(this.state.file('platform'));
    await this.switch.remove();
    this.state.remove();
    const failed = removed.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async prepareAgent(node: LabNode, env: Record<string, string>, joinToken?: string): Promise<NodeProcessPart> {
    if (!this.cluster) throw new Error('Start the platform first.');
    const place = { namespaces: node.namespaces, address: node.address, engineSocket: node.engineSocket };
    const network = { PIERHEAD_NODE_ADDRESS: node.address, PIERHEAD_OVERLAY: 'on' };
    return this.cluster.prepareAgent({ ...network, ...env }, joinToken, place);
  }

  static async removeAbandoned(path: string): Promise<void> {
    const state = new StateFolder(path);
    const shape = existsSync(state.file(shapeFile))
      ? (JSON.parse(readFileSync(state.file(shapeFile), 'utf8')) as LabShape)
      : undefined;
    if (shape) await new Lab(state, shape).stop();
    rmSync(path, { recursive: true, force: true });
  }
}

interface LabShape {
  nodes: number;
  third: number;
}

const shapeFile = 'lab.json';
const ownerFile = 'owner.json';

/** Removes the labs of earlier runs whose process is gone. */
export async function sweepAbandonedLabs(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    const owner = join(path, ownerFile);
    if (!existsSync(owner)) continue;
    if (isStillRunning(JSON.parse(readFileSync(owner, 'utf8')) as ProcessIdentity)) continue;
    await Lab.removeAbandoned(path);
  }
}

/** Of a platform's folder: by their pid files, whoever started them. */
async function stopDaemons(folder: string): Promise<void> {
  const pids = join(folder, 'pids');
  if (!existsSync(pids)) return;
  const state = new StateFolder(folder);
  const names = readdirSync(pids).filter((name) => name.endsWith('.pid'));
  await Promise.allSettled(names.map((name) => state.daemon(basename(name, '.pid')).stop({ graceMs: 5_000 })));
  state.remove();
}
