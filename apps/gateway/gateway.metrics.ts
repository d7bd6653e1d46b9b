import { Counter, Gauge, type Registry } from 'prom-client';
import type { EdgeBoard } from './edge/edge.board.js';
import type { NetworkBoard } from './network/network.board.js';
import type { SessionRegistry } from './session/session.registry.js';
import type { PendingStreams } from './stream/pending-streams.js';

/** What an operator watches of a gateway, read at scrape time. */
export function registerGatewayMetrics(
  registry: Registry,
  sessions: SessionRegistry,
  streams: PendingStreams,
  networks: NetworkBoard,
  edges: EdgeBoard,
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('pierhead_gateway_sessions', 'Nodes whose session is on this gateway.', () => sessions.size);
  gauge('pierhead_gateway_streams', 'Streams of agents that are open.', () => streams.openCount);
  const perNode = (name: string, help: string, read: (sender: NetworkBoard['all'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['node'],
      registers: [registry],
      collect() {
        this.reset();
        for (const sender of networks.all) this.set({ node: sender.session.nodeId }, read(sender));
      },
    });
  perNode(
    'pierhead_gateway_network_lag_seconds',
    'How long a node has not confirmed the networks it was told; 0 when it is up to date.',
    (sender) => sender.lagMs / 1000,
  );
  perNode(
    'pierhead_gateway_network_problems',
    'What a node could not do of the networks it was told.',
    (sender) => sender.problems.length,
  );
  perNode(
    'pierhead_gateway_network_unreachable_peers',
    'Peers that a node’s latest self-test did not reach.',
    (sender) => sender.unreachable,
  );
  const perEdge = (name: string, help: string, read: (sender: EdgeBoard['all'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['node'],
      registers: [registry],
      collect() {
        this.reset();
        for (const sender of edges.all) this.set({ node: sender.session.nodeId }, read(sender));
      },
    });
  perEdge(
    'pierhead_gateway_edge_lag_seconds',
    'How long an edge has not confirmed the routes it was told; long drains count.',
    (sender) => sender.lagMs / 1000,
  );
  perEdge('pierhead_gateway_edge_projects', 'Projects whose routes an edge serves.', (sender) => sender.projects);
  new Counter({
    name: 'pierhead_gateway_network_probe_failures_total',
    help: 'Self-tests from one node to another that failed.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(networks.probeFailures);
    },
  });
}
