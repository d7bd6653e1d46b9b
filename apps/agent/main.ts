import { join } from 'node:path';
import { ConfigError, readConfig } from '#libs/platform/config.js';
import { DomainError } from '#libs/domain/error.js';
import { createMetrics, serveHealth } from '#libs/platform/health.js';
import { createLog } from '#libs/platform/log.js';
import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';
import { Agent } from './agent.js';
import { agentConfig } from './agent.config.js';
import { registerAgentMetrics } from './agent.metrics.js';
import { edgeOf, stopForgottenEdge } from './edge/edge.factory.js';
import { registerEdgeMetrics } from './edge/edge.metrics.js';
import { IdentityStore } from './identity/identity.store.js';
import { obtainIdentity } from './identity/obtain-identity.js';
import { CertificateRenewal } from './identity/renewal.js';
import { ImageGrants } from './state/image-grants.js';
import { openOverlay } from './network/overlay.open.js';
import { openShares } from './shares/shares.open.js';
import { VolumeFences } from './storage/volume-fences.js';
import { FileStateStore } from './state/file.state-store.js';

async function main(): Promise<void> {
  const config = readConfig(agentConfig);
  const log = createLog('agent', config.PIERHEAD_LOG_LEVEL);
  const metrics = createMetrics('agent');
  let agent: Agent | null = null;
  const health = await serveHealth({
    host: config.PIERHEAD_HEALTH_HOST,
    port: config.PIERHEAD_HEALTH_PORT,
    problems: () => Promise.resolve(agent ? agent.problems() : ['The node has not joined yet.']),
    metrics,
  });
  const identities = new IdentityStore(config.PIERHEAD_AGENT_STATE);
  const identity = await obtainIdentity(identities, {
    tokenFile: config.PIERHEAD_JOIN_TOKEN_FILE,
    address: config.PIERHEAD_JOIN_ADDRESS,
    nodeName: config.PIERHEAD_NODE_NAME,
    log,
  });
  const renewal = new CertificateRenewal(identity, config.PIERHEAD_GATEWAYS, identities, log, () => agent?.reconnect());
  const driver = new DockerDriver({
    socketPath: config.PIERHEAD_ENGINE.slice('unix://'.length),
    scope: identity.nodeId,
  });
  const edge = edgeOf(config, log);
  if (!edge) await stopForgottenEdge(config, log);
  const overlay = await openOverlay({
    mode: config.PIERHEAD_OVERLAY,
    nodeId: identity.nodeId,
    address: config.PIERHEAD_UNDERLAY_ADDRESS ?? config.PIERHEAD_NODE_ADDRESS,
    gateways: config.PIERHEAD_GATEWAYS,
    driver,
    folder: config.PIERHEAD_AGENT_STATE,
    log,
  });
  const shares = await openShares(config, identity.nodeId, log);
  agent = new Agent({
    shares,
    driver,
    edge,
    store: new FileStateStore(config.PIERHEAD_AGENT_STATE, log),
    imageGrants: new ImageGrants(join(config.PIERHEAD_AGENT_STATE, 'images.json')),
    volumeFences: new VolumeFences(join(config.PIERHEAD_AGENT_STATE, 'fences.json')),
    gateways: config.PIERHEAD_GATEWAYS,
    identity: () => renewal.current,
    log,
    labels: config.PIERHEAD_NODE_LABELS,
    maxContainers: config.PIERHEAD_NODE_MAX_CONTAINERS,
    address: config.PIERHEAD_NODE_ADDRESS,
    roles: config.PIERHEAD_NODE_ROLES,
    ...overlay,
  });
  registerAgentMetrics(metrics, agent);
  if (edge) registerEdgeMetrics(metrics, edge);
  const running = agent;
  const stop = () => {
    log.info('Stopping; containers stay as they are.');
    renewal.stop();
    health.close();
    void running
      .stop()
      .then(() => driver.close())
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  renewal.start();
  await agent.start();
  log.info({ node: identity.nodeId }, 'The agent runs.');
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof DomainError;
  process.stderr.write(`${known ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
