import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edgeFiles, type EdgeSettings } from '#libs/edge/settings.js';
import type { Log } from '#libs/platform/log.js';
import type { AgentConfig } from '../agent.config.js';
import { EdgeNode } from './edge.node.js';
import { HaproxyProcess } from './haproxy.process.js';

const folderOf = (config: AgentConfig) => join(config.PIERHEAD_AGENT_STATE, 'edge');

/** What Debian’s package makes for the load balancer; only root can become it. */
const account = 'haproxy';

/** What workers run as on this node; null when that can’t be had. */
export function workersAccount(): EdgeSettings['account'] {
  if (process.getuid?.() !== 0) return null;
  const row = (file: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${account}:`));
  const groupId = Number(row('/etc/group')?.split(':')[2]);
  return row('/etc/passwd') && Number.isInteger(groupId) ? { user: account, group: account, groupId } : null;
}

/** The edge of a node with that role; undefined without. */
export function edgeOf(config: AgentConfig, log: Log): EdgeNode | undefined {
  if (!config.PIERHEAD_NODE_ROLES.includes('edge')) return undefined;
  return new EdgeNode({
    address: config.PIERHEAD_EDGE_ADDRESS,
    httpPort: config.PIERHEAD_EDGE_HTTP_PORT,
    httpsPort: config.PIERHEAD_EDGE_HTTPS_PORT,
    metricsPort: config.PIERHEAD_EDGE_METRICS_PORT || null,
    account: workersAccount(),
    folder: folderOf(config),
    log,
  });
}

/** A load balancer that survived an agent with the edge role must not serve old routes for one without. */
export async function stopForgottenEdge(config: AgentConfig, log: Log): Promise<void> {
  const files = edgeFiles(folderOf(config));
  const forgotten = new HaproxyProcess(files.folder, files.configuration);
  if (!forgotten.running()) return;
  log.info('The node is no edge any more: its load balancer ends.');
  await forgotten.stop();
}
