import { Gauge, type Registry } from 'prom-client';
import type { SessionRegistry } from './session/session.registry.js';
import type { PendingStreams } from './stream/pending-streams.js';

/** What an operator watches of a gateway, read at scrape time. */
export function registerGatewayMetrics(registry: Registry, sessions: SessionRegistry, streams: PendingStreams): void {
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
}
