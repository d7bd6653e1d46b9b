import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bridgePrefix,
  loopbackLabel,
  routeProtocol,
  tableName,
  tunnelPrefix,
} from '#libs/domain/network/device-names.js';
import { run } from '../process/run.js';

const quiet = { accept: [0, 1, 2, 255] };

/**
 * Removes what a node's agent made in this machine's network: an agent that ends leaves it to its containers, which
 * must be gone. A node that made none is known by having no packet filter, and nothing of another's is touched.
 */
export async function removeNetworkLeftovers(agentFolder: string): Promise<void> {
  const table = tableOf(agentFolder);
  if (table === null || (await run('sh', ['-c', 'command -v nft'], quiet)).code !== 0) return;
  if ((await run('nft', ['list', 'table', 'inet', table], quiet)).code !== 0) return;
  const { stdout } = await run('ip', ['-o', 'link', 'show']);
  for (const [, device = ''] of stdout.matchAll(
    new RegExp(`^\\d+: ((?:${bridgePrefix}|${tunnelPrefix})\\d+)[@:]`, 'gm'),
  )) {
    await run('ip', ['link', 'delete', 'dev', device], quiet);
  }
  await run('ip', ['-4', 'route', 'flush', 'proto', routeProtocol], quiet);
  await run('ip', ['-4', 'addr', 'flush', 'dev', 'lo', 'label', loopbackLabel], quiet);
  await run('nft', ['delete', 'table', 'inet', table], quiet);
}

function tableOf(agentFolder: string): string | null {
  try {
    return tableName(
      (JSON.parse(readFileSync(join(agentFolder, 'identity.json'), 'utf8')) as { nodeId: string }).nodeId,
    );
  } catch {
    return null;
  }
}
