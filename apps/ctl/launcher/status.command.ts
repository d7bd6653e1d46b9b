import { Installation } from '#libs/launch/installation/installation.js';
import type { PartStatus } from '#libs/launch/part.js';
import { readCredentials } from './credentials.js';
import { PlatformApi } from './platform-api.js';
import { Progress } from './progress.js';
import { listOf, type NodeLine } from './up.steps.js';

export interface StatusReport {
  running: boolean;
  stateFolder: string;
  credentialsFile: string;
  endpoints: { api: string; gateway: string; join: string; engine: string; edge: string; sample: string };
  parts: PartStatus[];
  nodes: NodeLine[];
  /** Why the nodes are not known. */
  nodesSentence?: string;
}

export async function report(installation: Installation): Promise<StatusReport> {
  const { settings, state } = installation;
  const { ports } = settings;
  const parts = state.exists() ? await Promise.all(installation.parts().map((part) => part.status())) : [];
  const environment = installation.agentEnvironment();
  const found: StatusReport = {
    running: parts.length > 0 && parts.every((part) => part.state === 'running'),
    stateFolder: state.path,
    credentialsFile: installation.credentialsFile,
    endpoints: {
      api: installation.publicUrl,
      gateway: environment.PIERHEAD_GATEWAYS ?? '',
      join: environment.PIERHEAD_JOIN_ADDRESS ?? '',
      engine: installation.engine,
      edge: installation.edge() ? `http://127.0.0.1:${ports.edgeHttp}/` : '',
      sample: `http://127.0.0.1:${ports.sample}/`,
    },
    parts,
    nodes: [],
  };
  const credentials = readCredentials(installation);
  if (!credentials) return { ...found, nodesSentence: 'Nothing was set up yet.' };
  try {
    const api = new PlatformApi(installation.apiUrl, credentials);
    return { ...found, nodes: listOf(await api.call('GET', '/api/v1/nodes')) };
  } catch (error) {
    return { ...found, nodesSentence: `The api does not tell: ${(error as Error).message}` };
  }
}

/** Prints how everything is; the exit code is 0 when all of it runs. */
export async function status(checkout: string, options: { json: boolean }): Promise<number> {
  const progress = new Progress();
  const found = await report(Installation.open(checkout));
  if (options.json) progress.line(JSON.stringify(found, null, 2));
  else for (const line of describe(found)) progress.line(line);
  return found.running ? 0 : 3;
}

export function describe(found: StatusReport): string[] {
  const parts = found.parts.map(({ name, state, pid, address, sentence }) =>
    [`  ${name.padEnd(10)}`, state.padEnd(10), String(pid ?? '').padEnd(8), address ?? '', sentence ?? '']
      .join(' ')
      .trimEnd(),
  );
  return [
    `State folder  ${found.stateFolder}`,
    `Credentials   ${found.credentialsFile}`,
    `API           ${found.endpoints.api}`,
    'Parts',
    ...(parts.length > 0 ? parts : ['  none: "./pierhead up" makes them']),
    'Nodes',
    ...found.nodes.map((node) => `  ${node.name.padEnd(24)} ${node.state}`),
    ...(found.nodesSentence ? [`  ${found.nodesSentence}`] : []),
  ];
}
