import { randomUUID } from 'node:crypto';
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
}

/** A project's network as a control plane would keep it. */
export class TestProject {
  readonly id = randomUUID();
  readonly organizationId = randomUUID();
  readonly residents: Resident[] = [];
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
    const { containerId, at, address, name } = resident;
    const plain = { serviceId: '', serviceName: '', stackName: '', ordinal: 0, links: [] };
    return { containerId, nodeId: nodeIds[at] ?? '', address, answers: true, name, ...plain };
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
      publicAddresses: [],
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
  async run(project: TestProject, at: number, name: string, address = project.nextAddress()): Promise<Resident> {
    const resident: Resident = { containerId: randomUUID(), engineId: '', project, at, address, name };
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
