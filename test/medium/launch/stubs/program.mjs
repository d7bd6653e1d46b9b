// Stands in for the platform's programs in the launcher's own tests: each answers what the launcher asks.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [role, file] = process.argv[1].split('/').slice(-2);
const env = process.env;

function serve(port, answer) {
  createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const value = request.url === '/health/ready' ? { status: 'ready' } : answer(request, body);
      response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value ?? { error: 'not found' }));
    });
  }).listen(Number(port), '127.0.0.1');
}

if (file === 'migrate.js') {
  if (!env.DATABASE_URL || !readFileSync(env.PIERHEAD_MASTER_KEY_FILE, 'utf8')) process.exit(1);
} else if (file === 'bootstrap.js') {
  console.log('{"level":30,"msg":"a log line"}');
  const mark = `${env.PIERHEAD_MASTER_KEY_FILE}.bootstrapped`;
  const base = { organization: 'harbor', project: 'default', namespace: 'harbor', user: 'admin' };
  let created = false;
  try {
    writeFileSync(mark, '', { flag: 'wx' });
    created = true;
  } catch {
    // made before
  }
  const secrets = { password: 'first-password', apiKey: 'ph_first' };
  const joinToken = created || process.argv.includes('--join-token') ? { joinToken: 'pierhead-join.token' } : {};
  console.log(JSON.stringify({ created, ...base, ...(created ? secrets : {}), ...joinToken }));
} else if (role === 'api') {
  const stacks = [];
  serve(env.PIERHEAD_HEALTH_PORT, () => undefined);
  serve(env.PIERHEAD_API_PORT, ({ method, url, headers }, body) => {
    if (headers.authorization !== `Basic ${Buffer.from('admin:ph_first').toString('base64')}`) return undefined;
    if (url === '/api/v1/nodes') return { items: [{ id: '1', name: 'local', state: 'ready' }] };
    if (method === 'GET' && url.startsWith('/api/app/v1/stack/?')) return { objects: stacks };
    if (method === 'POST' && url === '/api/app/v1/stack/') {
      const { name, services } = JSON.parse(body);
      stacks.push({ uuid: 'u1', name, state: 'Not running', services: [] });
      serve(services[0].container_ports[0].outer_port, () => ({ sample: true }));
      return stacks[0];
    }
    if (url === '/api/app/v1/stack/u1/start/') stacks[0].state = 'Running';
    return stacks[0];
  });
} else {
  if (role === 'agent') {
    // An agent never sees the control plane's secrets.
    if (env.DATABASE_URL || env.PIERHEAD_MASTER_KEY_FILE || env.REDIS_URL) process.exit(1);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(env.PIERHEAD_AGENT_STATE, { recursive: true });
    writeFileSync(
      join(env.PIERHEAD_AGENT_STATE, 'certificate.pem'),
      readFileSync(env.PIERHEAD_JOIN_TOKEN_FILE, { flag: 'a+' }),
    );
  }
  serve(env.PIERHEAD_HEALTH_PORT, () => undefined);
}
process.on('SIGTERM', () => process.exit(0));
