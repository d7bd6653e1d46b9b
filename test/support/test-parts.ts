import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dockerPackages,
  ensurePackages,
  imagePackages,
  podmanPackages,
  redisPackages,
} from '#libs/launch/debian/packages.js';
import { DockerPart } from '#libs/launch/engine/docker.part.js';
import { ensureSampleImage, sampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import { freePort } from '#libs/launch/ports/port.js';
import { PostgresPart } from '#libs/launch/postgres/postgres.part.js';
import { identify, isStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';
import { RedisPart } from '#libs/launch/redis/redis.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';

export const partNames = ['postgres', 'redis', 'podman', 'docker'] as const;
export type TestPartName = (typeof partNames)[number];

/** What the tests find in their environment. */
export interface TestEnvironment {
  TEST_DATABASE_URL?: string;
  TEST_REDIS_URL?: string;
  PIERHEAD_TEST_PODMAN_SOCKET?: string;
  PIERHEAD_TEST_DOCKER_SOCKET?: string;
  /** Where ports published by Docker's containers answer; it has a network of its own. */
  PIERHEAD_TEST_DOCKER_ADDRESS?: string;
  PIERHEAD_TEST_IMAGE?: string;
}

export const variableOf = {
  postgres: 'TEST_DATABASE_URL',
  redis: 'TEST_REDIS_URL',
  podman: 'PIERHEAD_TEST_PODMAN_SOCKET',
  docker: 'PIERHEAD_TEST_DOCKER_SOCKET',
} as const satisfies Record<TestPartName, keyof TestEnvironment>;

const packagesOf: Record<TestPartName, readonly string[]> = {
  postgres: [],
  redis: redisPackages,
  podman: [...podmanPackages, ...imagePackages],
  docker: [...dockerPackages, ...imagePackages],
};

interface Ports {
  postgres: number;
  redis: number;
}

/** The parts that tests need, in one state folder; started once, used by every test of a run. */
export class TestParts {
  private constructor(
    readonly state: StateFolder,
    private readonly ports: Ports,
  ) {}

  static async open(path: string): Promise<TestParts> {
    const state = new StateFolder(path);
    state.make();
    const file = state.file('ports.json');
    if (!existsSync(file)) {
      state.writePrivate(file, JSON.stringify({ postgres: await freePort(), redis: await freePort() }));
    }
    return new TestParts(state, JSON.parse(readFileSync(file, 'utf8')) as Ports);
  }

  /** A throw-away folder that names its owner, so that a later run removes what a killed one left. */
  static async temporary(): Promise<TestParts> {
    const parts = await TestParts.open(mkdtempSync(join(tmpdir(), temporaryPrefix)));
    parts.state.writePrivate(parts.state.file('owner.json'), JSON.stringify(identify(process.pid)));
    return parts;
  }

  async start(names: readonly TestPartName[], say: (line: string) => void): Promise<TestEnvironment> {
    await ensurePackages(
      names.flatMap((name) => packagesOf[name]),
      say,
    );
    const found = await Promise.all(names.map((name) => this.startOne(name)));
    return Object.assign({}, ...found) as TestEnvironment;
  }

  isRunning(name: TestPartName): boolean {
    return this.state.daemon(name).running() !== undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([this.docker().stop(), this.podman().destroy(), this.postgres().stop(), this.redis().stop()]);
  }

  async remove(): Promise<void> {
    await this.stop();
    this.state.remove();
  }

  private async startOne(name: TestPartName): Promise<TestEnvironment> {
    if (name === 'postgres') {
      const postgres = this.postgres();
      await postgres.start();
      return { TEST_DATABASE_URL: postgres.url() };
    }
    if (name === 'redis') {
      const redis = this.redis();
      await redis.start();
      return { TEST_REDIS_URL: redis.url() };
    }
    const engine = name === 'podman' ? this.podman() : this.docker();
    await engine.start();
    await ensureSampleImage(engine.socketPath());
    const image = { PIERHEAD_TEST_IMAGE: sampleImage, [variableOf[name]]: engine.socketPath() };
    return engine instanceof DockerPart ? { ...image, PIERHEAD_TEST_DOCKER_ADDRESS: engine.address() } : image;
  }

  private postgres() {
    return new PostgresPart(this.state, { port: this.ports.postgres, durable: false });
  }

  private redis() {
    return new RedisPart(this.state, { port: this.ports.redis, durable: false });
  }

  private podman() {
    return new PodmanPart(this.state);
  }

  private docker() {
    return new DockerPart(this.state);
  }
}

const temporaryPrefix = 'pierhead-test-';

/** Ends and removes the parts of earlier runs whose process is gone. */
export async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(temporaryPrefix))) {
    const path = join(tmpdir(), name);
    const owner = join(path, 'owner.json');
    if (!existsSync(owner)) continue;
    if (isStillRunning(JSON.parse(readFileSync(owner, 'utf8')) as ProcessIdentity)) continue;
    await (await TestParts.open(path)).remove();
    rmSync(path, { recursive: true, force: true });
  }
}

const needs: Record<string, readonly TestPartName[]> = {
  migrations: ['postgres'],
  medium: ['postgres', 'redis'],
  conformance: ['postgres', 'redis', 'podman', 'docker'],
  e2e: ['postgres', 'redis', 'podman'],
  // Its machines bring their own.
  lab: [],
};

const foldersOf = (project: string): string[] =>
  project === 'lab' ? ['test/conformance', 'test/e2e'] : [`test/${project}`];

const pathPatterns = (argv: readonly string[]): string[] => argv.filter((argument) => argument.includes('test/'));

/** The projects with real parts of which a jest command line runs tests; none when it names none of them. */
export function chosenProjects(argv: readonly string[]): string[] {
  const at = argv.findIndex((argument) => argument.startsWith('--selectProjects'));
  const words = at < 0 ? [] : argv.slice(at + 1);
  const end = words.findIndex((word) => word.startsWith('-'));
  const inline = argv[at]?.split('=')[1];
  const selected = [...(inline ? [inline] : []), ...(end < 0 ? words : words.slice(0, end))].filter(
    (word) => word in needs,
  );
  const patterns = pathPatterns(argv);
  return Object.keys(needs)
    .filter((project) => selected.length === 0 || selected.includes(project))
    .filter(
      (project) =>
        patterns.length === 0 ||
        patterns.some((pattern) => foldersOf(project).some((folder) => pattern.includes(folder))),
    );
}

/**
 * The parts that a jest command line needs: of the projects it selects, and of no more than its path patterns
 * can match. PIERHEAD_TEST_PARTS (names with commas) says it outright.
 */
export function neededParts(argv: readonly string[], override: string | undefined): TestPartName[] {
  if (override !== undefined) {
    const wanted = override.split(',').map((name) => name.trim());
    return partNames.filter((name) => wanted.includes(name));
  }
  const projects = chosenProjects(argv);
  const patterns = pathPatterns(argv);
  const wanted = new Set((projects.length === 0 ? Object.keys(needs) : projects).flatMap((project) => needs[project]));
  const all = (folder: string) => patterns.length > 0 && patterns.every((pattern) => pattern.includes(folder));
  // The runtime's own harness needs engines only, an edge nothing but its own load balancer.
  if (all('test/conformance/runtime')) return ['podman', 'docker'];
  if (all('test/conformance/edge')) return [];
  return partNames.filter((name) => wanted.has(name));
}

/** Runs one of the project's TypeScript programs as it stands; throws with what it wrote when it fails. */
export function runProgram(root: string, entry: string, env: NodeJS.ProcessEnv, args: string[] = []): string {
  const loader = join(root, 'test/support/ts-loader.mjs');
  const result = spawnSync(process.execPath, ['--import', loader, join(root, entry), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`${entry} failed:\n${result.stderr}\n${result.stdout}`);
  return result.stdout;
}
