// The agent as it is, over an engine in memory: a thousand real containers would measure the machine instead.
import { Agent } from '#apps/agent/agent.js';
import { agentConfig } from '#apps/agent/agent.config.js';
import { IdentityStore } from '#apps/agent/identity/identity.store.js';
import { obtainIdentity } from '#apps/agent/identity/obtain-identity.js';
import { FileStateStore } from '#apps/agent/state/file.state-store.js';
import { readConfig } from '#libs/platform/config.js';
import { createMetrics, serveHealth } from '#libs/platform/health.js';
import { createLog } from '#libs/platform/log.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';

const config = readConfig(agentConfig);
const log = createLog('agent', config.PIERHEAD_LOG_LEVEL);
let agent: Agent | null = null;
await serveHealth({
  host: config.PIERHEAD_HEALTH_HOST,
  port: config.PIERHEAD_HEALTH_PORT,
  problems: () => Promise.resolve(agent ? agent.problems() : ['The node has not joined yet.']),
  metrics: createMetrics('agent'),
});
const identity = await obtainIdentity(new IdentityStore(config.PIERHEAD_AGENT_STATE), {
  tokenFile: config.PIERHEAD_JOIN_TOKEN_FILE,
  address: config.PIERHEAD_JOIN_ADDRESS,
  nodeName: config.PIERHEAD_NODE_NAME,
  log,
});
const image = 'localhost/pierhead/sample:latest';
agent = new Agent({
  driver: new FakeRuntime(identity.nodeId, new FakeEngine({ images: [image] })),
  store: new FileStateStore(config.PIERHEAD_AGENT_STATE, log),
  gateways: config.PIERHEAD_GATEWAYS,
  identity: () => identity,
  log,
  maxContainers: 2_000,
});
process.once('SIGTERM', () => void agent?.stop().finally(() => process.exit(0)));
await agent.start();
