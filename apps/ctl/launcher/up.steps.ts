import { existsSync, rmSync } from 'node:fs';
import {
  edgePackages,
  ensurePackages,
  imagePackages,
  networkPackages,
  podmanPackages,
  redisPackages,
  storagePackages,
} from '#libs/launch/debian/packages.js';
import { ensureSampleImage } from '#libs/launch/engine/image.js';
import { engineAnswers } from '#libs/launch/engine/engine-socket.js';
import type { Installation } from '#libs/launch/installation/installation.js';
import { portTable, type PortName } from '#libs/launch/installation/settings.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { requirePortFree } from '#libs/launch/ports/port.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { keepCredentials, parseBootstrap, readCredentials, type Credentials } from './credentials.js';
import { isEnrolled } from './enrolment.js';
import { PlatformApi } from './platform-api.js';
import type { Progress } from './progress.js';
import { ensureSample } from './sample-stack.js';

export interface UpResult {
  credentials: Credentials;
  /** Made by this run: secrets are shown once. */
  isFirst: boolean;
  sampleUrl: string | undefined;
}

/** Every step of `up`, in order; each is quiet about what is there already. */
export class UpSteps {
  constructor(
    private readonly installation: Installation,
    private readonly progress: Progress,
    private readonly withSample: boolean,
  ) {}

  /** @param signal ends it before the next step */
  async run(signal: AbortSignal): Promise<UpResult> {
    const { installation } = this;
    const progress = {
      step: <T>(title: string, act: () => Promise<T>): Promise<T> => {
        signal.throwIfAborted();
        return this.progress.step(title, act);
      },
    };
    await progress.step('Debian packages', () => this.packages());
    await progress.step('Ports', () => this.ports());
    const { postgres, redis, podman } = installation;
    await progress.step(postgres ? 'PostgreSQL' : 'PostgreSQL (DATABASE_URL)', async () => postgres?.start());
    await progress.step(redis ? 'Redis' : 'Redis (given)', async () => redis?.start());
    await progress.step('Migrations', () => this.migrate());
    await progress.step(podman ? 'Podman' : 'Engine (PIERHEAD_ENGINE)', () => this.engine());
    await progress.step('Sample image', () => ensureSampleImage(installation.engineSocket));
    const isFirst = readCredentials(installation) === undefined;
    const credentials = await progress.step('Keys and first credentials', () => this.bootstrap());
    for (const part of installation.controlPlane()) await progress.step(part.name, () => part.start());
    await progress.step('agent', () => installation.agent().start());
    const edge = installation.edge();
    if (edge) await progress.step('Load balancer', () => edge.start());
    const storage = installation.storage();
    if (storage) await progress.step('File shares', () => storage.start());
    const api = new PlatformApi(installation.apiUrl, credentials);
    await progress.step('Local node', () => this.nodeReady(api));
    if (!this.withSample) return { credentials, isFirst, sampleUrl: undefined };
    const sampleUrl = await progress.step('Sample stack', () => this.sample(api));
    return { credentials, isFirst, sampleUrl };
  }

  private async packages(): Promise<void> {
    const { redis, podman } = this.installation;
    const edge = this.installation.edge() ? edgePackages : [];
    const wanted = [
      ...(redis ? redisPackages : []),
      ...(podman ? podmanPackages : []),
      ...(this.installation.overlay === 'off' ? [] : networkPackages),
      ...imagePackages,
      ...edge,
    ];
    await ensurePackages(wanted, (line) => this.progress.detail(line));
    if (this.installation.storage()) await this.storagePackages();
  }

  /** A machine on which they cannot be had does without, unless it was asked for them. */
  private async storagePackages(): Promise<void> {
    try {
      await ensurePackages(storagePackages, (line) => this.progress.detail(line));
    } catch (error) {
      if (process.env.PIERHEAD_NODE_ROLES) throw error;
      this.progress.detail(`No file shares on this node: ${(error as Error).message}`);
      this.installation.withoutRole('storage');
    }
  }

  /** The ports of what does not run yet must be free; what runs of ours has its own. */
  private async ports(): Promise<void> {
    const { installation } = this;
    const { apiHost, gatewayHost, edgeHost, ports } = installation.settings;
    const listens: [PortName, string, boolean][] = [
      ['postgres', '127.0.0.1', installation.postgres?.isRunning() ?? true],
      ['redis', '127.0.0.1', installation.redis?.isRunning() ?? true],
    ];
    const byPart: Record<string, [PortName, string][]> = {
      api: [
        ['api', apiHost],
        ['apiHealth', '127.0.0.1'],
      ],
      gateway: [
        ['gateway', gatewayHost],
        ['join', gatewayHost],
        ['gatewayHealth', '127.0.0.1'],
      ],
      worker: [['workerHealth', '127.0.0.1']],
      agent: [['agentHealth', '127.0.0.1']],
    };
    const edge = installation.edge();
    if (edge) {
      byPart[edge.name] = [
        ['edgeHttp', edgeHost],
        ['edgeHttps', edgeHost],
        ['edgeMetrics', '127.0.0.1'],
      ];
    }
    const storage = installation.storage();
    if (storage) byPart[storage.name] = [['storage', installation.settings.storageHost]];
    const ofAgent = [edge, storage].filter((part) => part !== undefined);
    for (const part of [...installation.controlPlane(), installation.agent(), ...ofAgent]) {
      for (const [name, host] of byPart[part.name] ?? []) listens.push([name, host, part.isRunning()]);
    }
    if (this.withSample && !existsSync(installation.state.file('sample'))) listens.push(['sample', '0.0.0.0', false]);
    for (const [name, host, ours] of listens) {
      const { purpose, variable } = portTable[name];
      if (!ours) await requirePortFree(ports[name], host, purpose, variable);
    }
  }

  private async migrate(): Promise<void> {
    await this.program('ctl/migrate');
  }

  private async engine(): Promise<void> {
    const { podman, engineSocket, engine } = this.installation;
    if (podman) return podman.start();
    if (!(await engineAnswers(engineSocket)))
      throw new LaunchError(`No engine answers at ${engine} (PIERHEAD_ENGINE).`);
  }

  private async bootstrap(): Promise<Credentials> {
    const { installation } = this;
    const enrolled = isEnrolled(installation.agentFolder, new Date());
    const first = await this.program('ctl/bootstrap');
    const made = parseBootstrap(first);
    // The credentials are kept before anything else can fail: they are not shown twice.
    const credentials = keepCredentials(installation, made);
    if (!enrolled) {
      const token = made.joinToken ?? parseBootstrap(await this.program('ctl/bootstrap', ['--join-token'])).joinToken;
      if (!token) throw new LaunchError('bootstrap made no join token for the local node.');
      installation.state.writePrivate(installation.joinTokenFile, `${token}\n`);
    }
    return credentials;
  }

  private async nodeReady(api: PlatformApi): Promise<void> {
    const ready = async () => {
      const nodes = listOf(await api.call<unknown>('GET', '/api/v1/nodes'));
      return nodes.some((node) => node.state === 'ready' || node.state === 'deployed');
    };
    await waitFor(ready, { what: 'The enrolment of the local node', timeoutMs: 60_000, intervalMs: 100 });
    // A join token is good for one node, and has done its work.
    rmSync(this.installation.joinTokenFile, { force: true });
  }

  private async sample(api: PlatformApi): Promise<string | undefined> {
    const mark = this.installation.state.file('sample');
    const url = await ensureSample(api, this.installation.settings.ports.sample, !existsSync(mark));
    this.installation.state.writePrivate(mark, `${url ?? ''}\n`);
    return url;
  }

  private async program(name: string, args: readonly string[] = []): Promise<string> {
    const { installation } = this;
    const command = [installation.program(name), ...args];
    const env = installation.truthEnvironment();
    const { stdout } = await run(process.execPath, command, { env, cwd: installation.checkout, timeoutMs: 300_000 });
    return stdout;
  }
}

export interface NodeLine {
  id: string;
  name: string;
  state: string;
}

/** A list answer of the management API: bare, or wrapped with its paging. */
export function listOf(answer: unknown): NodeLine[] {
  if (Array.isArray(answer)) return answer as NodeLine[];
  const { items, objects } = answer as { items?: NodeLine[]; objects?: NodeLine[] };
  return items ?? objects ?? [];
}
