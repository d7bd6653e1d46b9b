import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** What an agent imports of the platform; the import rules hold it to these. */
const ownFolders = [
  'apps/agent',
  ...['agent-protocol', 'runtime', 'wire', 'edge', 'domain', 'platform'].map((name) => `libs/${name}`),
];
/** And of others. */
const ownPackages = [
  '@bufbuild/protobuf',
  '@grpc/grpc-js',
  '@peculiar/x509',
  'dns-packet',
  'pino',
  'prom-client',
  'zod',
];

/** Where this installation is: the folder of its package.json. */
export function installationRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('There is no package.json above this program.');
  return installationRoot(above);
}

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The folders of packages and of all that they need, below `root`, each once. Missing optional ones are left out. */
export function packageFolders(root: string, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string, optional: boolean): void => {
    const folder = findPackage(root, from, name);
    if (!folder) {
      if (optional) return;
      throw new Error(`The package ${name} is not installed.`);
    }
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Manifest;
    for (const each of Object.keys(dependencies)) visit(each, folder, each in optionalDependencies);
    for (const each of Object.keys(optionalDependencies)) visit(each, folder, true);
  };
  for (const name of names) visit(name, root, false);
  const all = [...found].map((folder) => relative(root, folder)).sort();
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}/node_modules/`)));
}

function findPackage(root: string, from: string, name: string): string | null {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === root) break;
  }
  return null;
}

/** The compiled agent with all that it needs, as one archive; made when it is first asked for. */
export class AgentPackage {
  private making: Promise<string> | null = null;
  private folder: string | null = null;

  constructor(private readonly root: string) {}

  /** Path of the archive. */
  file(): Promise<string> {
    this.making ??= this.make().catch((error: unknown) => {
      this.making = null;
      throw error;
    });
    return this.making;
  }

  async close(): Promise<void> {
    await this.making?.catch(() => undefined);
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private async make(): Promise<string> {
    if (!existsSync(join(this.root, 'dist/apps/agent/main.js'))) throw new Error('The agent is not compiled here.');
    this.folder ??= await mkdtemp(join(tmpdir(), 'pierhead-agent-'));
    const file = join(this.folder, 'agent.tgz');
    const leftOut = ['*.d.ts', '*.d.cts', '*.d.mts', '*.map', '*.md', '*.spec.js'].map((name) => `--exclude=${name}`);
    const packages = packageFolders(realpathSync(this.root), ownPackages);
    const folders = ['package.json', ...ownFolders.map((name) => `dist/${name}`), ...packages];
    await promisify(execFile)('tar', ['-czf', file, '-C', this.root, ...leftOut, ...folders]);
    return file;
  }
}
