import { Gauge, type Registry } from 'prom-client';
import type { EdgeNode } from './edge.node.js';

/** What an operator watches of an edge, read at scrape time. Requests are counted by the load balancer’s own metrics. */
export function registerEdgeMetrics(registry: Registry, edge: EdgeNode): void {
  type Figures = ReturnType<EdgeNode['figures']>;
  const gauge = (name: string, help: string, read: (figures: Figures) => number) =>
    new Gauge({
      name: `pierhead_edge_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(edge.figures()));
      },
    });
  gauge('running', '1 while the load balancer runs.', ({ running }) => Number(running));
  gauge('routes', 'Routes that are served.', ({ routes }) => routes);
  gauge('servers', 'Containers that take requests, counted once per route.', ({ servers }) => servers);
  gauge('waiting', 'Containers that should take requests and have not been reached yet.', ({ waiting }) => waiting);
  gauge('draining', 'Containers that leave.', ({ draining }) => draining);
  gauge('problems', 'Routes, or parts of them, that can’t be served.', ({ problems }) => problems);
  gauge('workers', 'Workers of the load balancer; more than one after a reload.', ({ workers }) => workers);
  gauge('reloads', 'Reloads since the agent began.', ({ reloads }) => reloads);
  gauge('failures', 'Passes in a row that failed.', ({ failures }) => failures);
  gauge('behind', 'Generations of this session that are not in force as a whole.', ({ behind }) => behind);
}
