import { Gauge, type Registry } from 'prom-client';
import { registerNetworkMetrics } from './network/network.metrics.js';
import type { Agent } from './agent.js';

/** What an operator watches of an agent, read at scrape time. */
export function registerAgentMetrics(registry: Registry, agent: Agent): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('pierhead_agent_containers', 'Containers that this node holds.', () => agent.converger.size);
  gauge('pierhead_agent_containers_running', 'Containers that run.', () => agent.converger.countRunning());
  gauge('pierhead_agent_connected', '1 while a gateway is connected.', () => Number(agent.connected));
  if (agent.overlay) registerNetworkMetrics(registry, agent.overlay);
  gauge('pierhead_agent_streams', 'Open log, exec, attach and stats streams.', () => agent.streams.count);
}
