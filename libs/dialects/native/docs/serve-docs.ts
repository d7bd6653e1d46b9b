import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { openApi } from './open-api.js';

interface Reply {
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Pierhead management API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#docs', deepLinking: true });\n`;

/** The page runs what comes from here and nothing else, so nothing that an answer shows can run. */
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/**
 * Readable at /docs, as JSON at /docs/openapi.json. The viewer's files and the description are read and made when they
 * are first asked for: a process that nobody asks holds none of them.
 */
export function serveDocs(app: INestApplication): void {
  const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const file = (name: string) => () => readFileSync(join(viewer, name));
  const served: [path: string, type: string, make: () => unknown][] = [
    ['/docs', 'text/html; charset=utf-8', () => page],
    ['/docs/start.js', 'text/javascript; charset=utf-8', () => start],
    ['/docs/swagger-ui.css', 'text/css; charset=utf-8', file('swagger-ui.css')],
    ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', file('swagger-ui-bundle.js')],
    ['/docs/openapi.json', 'application/json; charset=utf-8', async () => JSON.stringify(await openApi(app))],
  ];
  for (const [path, type, make] of served) {
    app.getHttpAdapter().get(path, async (_request: unknown, reply: Reply) => {
      const body = await make();
      reply
        .header('content-type', type)
        .header('content-security-policy', policy)
        .header('cache-control', 'public, max-age=300')
        .send(body);
    });
  }
}
