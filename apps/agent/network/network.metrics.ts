import { Gauge, type Registry } from 'prom-client';
import type { Overlay } from './overlay.js';

/** What an operator watches of a node's part in private networks, read at scrape time. */
export function registerNetworkMetrics(registry: Registry, overlay: Overlay): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('pierhead_agent_networks', 'Project networks that this node takes part in.', () => overlay.networkCount);
  gauge('pierhead_agent_network_generation', 'Network generation of this session that is in force.', () => {
    return overlay.appliedGeneration;
  });
  gauge('pierhead_agent_network_problems', 'What of the project networks is not as it should be.', () => {
    return overlay.problems().length;
  });
  gauge('pierhead_agent_network_repairs', 'Times that something had been changed or removed by others.', () => {
    return overlay.programmer.repairs;
  });
  gauge('pierhead_agent_network_apply_seconds', 'How long the latest run took.', () => {
    return overlay.programmer.lastRunMs / 1000;
  });
  new Gauge({
    name: 'pierhead_agent_names',
    help: 'Questions to the name service since it started.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      for (const [outcome, count] of Object.entries(overlay.names.outcomes)) this.set({ outcome }, count);
    },
  });
  peerGauges(registry, overlay);
}

function peerGauges(registry: Registry, overlay: Overlay): void {
  const labelNames = ['peer'] as const;
  new Gauge({
    name: 'pierhead_agent_peer_reachable',
    help: '1 while another node answers through the overlay.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { nodeId, reachable } of overlay.probe.results) this.set({ peer: nodeId }, Number(reachable));
    },
  });
  new Gauge({
    name: 'pierhead_agent_peer_round_trip_seconds',
    help: 'Of the latest answer of another node through the overlay.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { nodeId, reachable, roundTripMs } of overlay.probe.results) {
        if (reachable) this.set({ peer: nodeId }, roundTripMs / 1000);
      }
    },
  });
}
