import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';

export interface HealthOptions {
  host: string;
  port: number;
  /** Sentences on what is not ready; empty when ready. */
  problems: () => Promise<string[]>;
  metrics: Registry;
}

export function createMetrics(part: string): Registry {
  const metrics = new Registry();
  metrics.setDefaultLabels({ part });
  collectDefaultMetrics({ register: metrics });
  return metrics;
}

/** `/health/live`, `/health/ready` (503 with reasons) and `/metrics` on a port of their own. */
export function serveHealth(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const handle = async () => {
      if (request.url === '/health/live') return answer(200, 'application/json', '{"status":"live"}');
      if (request.url === '/metrics') return answer(200, options.metrics.contentType, await options.metrics.metrics());
      if (request.url !== '/health/ready') return answer(404, 'application/json', '{"status":"not found"}');
      const problems = await options.problems();
      return answer(
        problems.length ? 503 : 200,
        'application/json',
        JSON.stringify({ status: problems.length ? 'not ready' : 'ready', problems }),
      );
    };
    handle().catch((error: Error) =>
      answer(503, 'application/json', JSON.stringify({ status: 'not ready', problems: [error.message] })),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve(server));
  });
}
