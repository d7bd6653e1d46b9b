import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NetworkMember, ProjectNetwork } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { RunResult } from '#libs/launch/process/run.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { OverlayNode } from './overlay-node.client.js';

export interface Resident {
  containerId: string;
  engineId: string;
  project: TestProject;
  /** Index of its node, from 0. */
  at: number;
  address: string;
  name: string;
  service?: { id: string; name: string; stack?: string; ordinal: number };
  links?: { alias: string; serviceId: string }[];
  answers: boolean;
}

const packetProgram = join(import.meta.dirname, 'packet.mjs');

/** A program in a container's network, and the lines that it has printed. */
export class Listener {
  readonly lines: string[] = [];
  readonly ready: Promise<void>;
  private readonly child: ChildProcess;

  constructor(args: readonly string[]) {
    const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    this.ready = new Promise((resolve, reject) => {
      child.once('close', () => reject(new Error('The listener ended.')));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') resolve();
        else this.lines.push(line);
      });
    });
    this.ready.catch(() => undefined);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

export interface Published {
  address: string;
  resident: Resident;
  /** Null: all of them. */
  ports: number[] | null;
}

/** A project's network as a control plane would keep it. */
export class TestProject {
  readonly id = randomUUID();
  readonly organizationId = randomUUID();
  readonly residents: Resident[] = [];
  /** Of the outside, each bound to a resident. */
  readonly published: Published[] = [];
  private last = 9;

  constructor(readonly vni: number) {}

  private get base(): string {
    return `10.64.${(this.vni % 60) * 4}`;
  }

  address(byte: number): string {
    return `${this.base}.${byte}`;
  }

  get range(): string {
    return `${this.base}.0/22`;
  }

  nextAddress(): string {
    this.last += 1;
    return this.address(this.last);
  }

  member(resident: Resident, nodeIds: readonly string[]): NetworkMember {
    const { containerId, at, address, name, answers, service, links = [] } = resident;
    return {
      ...{ containerId, nodeId: nodeIds[at] ?? '', address, answers, name, links },
      serviceId: service?.id ?? '',
      serviceName: service?.name ?? '',
      stackName: service?.stack ?? '',
      ordinal: service?.ordinal ?? 0,
    };
  }

  network(at: number, nodes: readonly OverlayNode[]): ProjectNetwork {
    const nodeIds = nodes.map(({ nodeId }) => nodeId);
    return {
      projectId: this.id,
      organizationId: this.organizationId,
      vni: this.vni,
      range: this.range,
      gateway: this.address(1),
      nodeAddress: this.address(2 + at),
      members: this.residents.map((one) => this.member(one, nodeIds)),
      peers: nodes.flatMap(({ nodeId, lab }, index) =>
        index === at ? [] : [{ nodeId, underlayAddress: lab.address, nodeAddress: this.address(2 + index) }],
      ),
      publicAddresses: this.published
        .filter(({ resident }) => resident.at === at)
        .map(({ address, resident, ports }) => ({
          address,
          containerId: resident.containerId,
          privateAddress: resident.address,
          allPorts: ports === null,
          ports: (ports ?? []).map((port) => ({ port, protocol: 'tcp' })),
        })),
      idleServices: [],
    };
  }
}

/** Three nodes and some projects, told by the test instead of a control plane. */
export class ThreeNodes {
  private generation = 0;

  private constructor(
    readonly lab: Lab,
    readonly nodes: OverlayNode[],
    readonly projects: TestProject[],
  ) {}

  static async start(vnis: readonly number[], nameServers: string[] = []): Promise<ThreeNodes> {
    const lab = await Lab.start({ nodes: 3 });
    try {
      const nodes = lab.nodes.map((node) => new OverlayNode(node, randomUUID(), nameServers));
      await Promise.all(nodes.map((node) => node.start()));
      const world = new ThreeNodes(
        lab,
        nodes,
        vnis.map((vni) => new TestProject(vni)),
      );
      await world.tell();
      return world;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** Tells every node the present state of all projects; resolves when it is in force everywhere. */
  async tell(): Promise<void> {
    const generation = ++this.generation;
    const answers = await Promise.all(this.nodes.map((node, at) => node.network(this.state(generation, at))));
    const problems = answers.flatMap((answer) => answer.problems);
    if (problems.length > 0) throw new Error(problems.join(' '));
  }

  /** Runs a new container, or one that takes over an address; everybody is told before it starts. */
  async run(project: TestProject, at: number, name: string, more: Partial<Resident> = {}): Promise<Resident> {
    const address = more.address ?? project.nextAddress();
    const own = { containerId: randomUUID(), engineId: '', answers: true };
    const resident: Resident = { ...own, ...more, project, at, name, address };
    project.residents.push(resident);
    await this.tell();
    const [made] = await this.node(at).run([
      { containerId: resident.containerId, projectId: project.id, name, privateAddress: address },
    ]);
    if (made?.address !== address) throw new Error(`${name} has the address ${made?.address}, not ${address}.`);
    resident.engineId = made.engineId;
    return resident;
  }

  async remove(resident: Resident): Promise<void> {
    const { project, at, containerId } = resident;
    await this.node(at).remove(project.id, [containerId]);
    project.residents.splice(project.residents.indexOf(resident), 1);
  }

  node(at: number): OverlayNode {
    const node = this.nodes[at];
    if (!node) throw new Error(`There is no node ${at}.`);
    return node;
  }

  machine(at: number): LabNode {
    return this.node(at).lab;
  }

  /** Runs a program of this machine in the container's network. */
  inside(resident: Resident, command: string, ...args: string[]): Promise<RunResult> {
    return this.machine(resident.at).runIn(resident.engineId, command, args, { accept: [0, 1, 2, 4, 124, 255] });
  }

  /** Runs support/packet.mjs in the container's network, to its end; what it printed. */
  async packet(at: Resident, ...args: string[]): Promise<string> {
    return (await this.inside(at, process.execPath, packetProgram, ...args)).stdout.trim();
  }

  /** The same on the outside client, and on a node itself. */
  async fromOutside(...args: string[]): Promise<string> {
    return (await this.lab.client.run(process.execPath, [packetProgram, ...args])).stdout.trim();
  }

  async fromNode(at: number, ...args: string[]): Promise<string> {
    return (await this.machine(at).run(process.execPath, [packetProgram, ...args])).stdout.trim();
  }

  /** Starts support/packet.mjs there; resolves when it is ready. */
  async listen(at: Resident, ...args: string[]): Promise<Listener> {
    const pid = await this.machine(at.at).pidOf(at.engineId);
    const listener = new Listener(['--net=/proc/' + pid + '/ns/net', '--', process.execPath, packetProgram, ...args]);
    await listener.ready;
    return listener;
  }

  async reaches(from: Resident, address: string): Promise<boolean> {
    const { code } = await this.inside(from, 'busybox', 'ping', '-c', '1', '-W', '1', address);
    return code === 0;
  }

  /** What the web server in the sample image answers; empty when it can't be had. */
  async page(from: Resident, address: string): Promise<string> {
    const shell = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 2 ${address} 8080`;
    return (await this.inside(from, 'sh', '-c', shell)).stdout;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.lab.stop();
  }

  private state(generation: number, at: number) {
    const projects = this.projects.map((project) => project.network(at, this.nodes));
    return { generation, full: true, projects, removedProjects: [], more: false };
  }
}
