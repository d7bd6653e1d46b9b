import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workersAccount } from '#apps/agent/edge/edge.factory.js';
import { EdgeNode } from '#apps/agent/edge/edge.node.js';
import { HaproxyProcess } from '#apps/agent/edge/haproxy.process.js';
import type { EdgeProject, EdgeProjectApplied } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import { edgePackages, ensurePackages } from '#libs/launch/debian/packages.js';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { createLog } from '#libs/platform/log.js';
import { identify, isStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';

const reachMs = 20_000;
const prefix = 'pierhead-edge-';

/** Ends what a run left whose process was killed. */
async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const root = join(tmpdir(), name);
    try {
      const owner = JSON.parse(readFileSync(join(root, 'owner.json'), 'utf8')) as ProcessIdentity;
      if (isStillRunning(owner)) continue;
      const folder = join(root, 'edge');
      await new HaproxyProcess(folder, join(folder, 'haproxy.cfg')).stop();
      rmSync(root, { recursive: true, force: true });
    } catch {
      // Another run is making or removing it.
    }
  }
}

/** An edge of an agent’s own code and a real HAProxy, told what to serve as a gateway would. */
export class EdgeLab {
  readonly applied: EdgeProjectApplied[] = [];
  readonly generations: number[] = [];
  private node: EdgeNode;
  private generation = 0;

  private constructor(
    readonly folder: string,
    readonly httpPort: number,
    readonly httpsPort: number,
    readonly metricsPort: number,
  ) {
    this.node = this.newNode();
  }

  static async start(): Promise<EdgeLab> {
    await ensurePackages(edgePackages, () => undefined);
    await sweepAbandoned();
    const root = mkdtempSync(join(tmpdir(), prefix));
    writeFileSync(join(root, 'owner.json'), JSON.stringify(identify(process.pid)));
    const folder = join(root, 'edge');
    const lab = new EdgeLab(folder, await freePort(), await freePort(), await freePort());
    await lab.node.start();
    lab.beginSession();
    return lab;
  }

  /** Of one project, whole. Resolves when the edge says that it is in force, with what it says of routes. */
  async serve(project: EdgeProject, full = false): Promise<EdgeProjectApplied> {
    const generation = this.tell([project], full);
    return this.inForce(project.projectId, generation);
  }

  /** The generation’s number. */
  tell(projects: EdgeProject[], full = false, removedProjects: string[] = []): number {
    this.generation += 1;
    const { generation } = this;
    this.node.receive({ generation, full: full || generation === 1, projects, removedProjects, more: false });
    return generation;
  }

  async inForce(projectId: string, generation: number): Promise<EdgeProjectApplied> {
    const find = () => this.applied.findLast((each) => each.projectId === projectId && each.generation >= generation);
    return waitFor(find, {
      what: `The edge’s word that ${projectId} is in force (${this.node.trouble() ?? 'no trouble'})`,
      timeoutMs: reachMs,
      intervalMs: 5,
    });
  }

  async whole(generation: number): Promise<void> {
    await waitFor(() => this.generations.some((each) => each >= generation), {
      what: `The edge’s word that generation ${generation} is in force`,
      timeoutMs: reachMs,
      intervalMs: 5,
    });
  }

  figures() {
    return this.node.figures();
  }

  trouble(): string | null {
    return this.node.trouble();
  }

  haproxy(): HaproxyProcess {
    return new HaproxyProcess(this.folder, join(this.folder, 'haproxy.cfg'));
  }

  /** As a new version of the agent would begin; the load balancer goes on meanwhile. */
  async restartAgent(): Promise<void> {
    await this.node.stop();
    this.node = this.newNode();
    await this.node.start();
    this.beginSession();
  }

  async stopAgent(): Promise<void> {
    await this.node.stop();
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.haproxy().stop();
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
  }

  private beginSession(): void {
    this.generation = 0;
    this.applied.length = 0;
    this.generations.length = 0;
    this.node.sessionBegan({
      projectApplied: (message) => void this.applied.push(message),
      applied: (generation) => void this.generations.push(generation),
    });
  }

  private newNode(): EdgeNode {
    return new EdgeNode({
      address: '127.0.0.1',
      httpPort: this.httpPort,
      httpsPort: this.httpsPort,
      metricsPort: this.metricsPort,
      account: workersAccount(),
      folder: this.folder,
      log: createLog('edge', process.env['PIERHEAD_TEST_LOG'] === 'debug' ? 'debug' : 'silent'),
    });
  }
}
