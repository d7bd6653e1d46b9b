import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

const root = resolve(import.meta.dirname, '../../..');
const file = join(root, 'docker-compose.yml');
const { services, volumes, secrets } = parse(readFileSync(file, 'utf8'), { merge: true }) as Compose;

describe('docker-compose.yml', () => {
  it('holds the whole control plane', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'registry', 'migrate', 'bootstrap', 'api', 'gateway', 'worker']),
    );
  });

  it.each(Object.entries(services))('%s refers only to what is defined', (_name, service) => {
    expect(service.image).toBeDefined();
    if (service.build) expect(existsSync(join(root, service.build.context, service.build.dockerfile))).toBe(true);
    for (const secret of service.secrets ?? []) expect(secrets).toHaveProperty(secret);
    for (const volume of service.volumes ?? []) expect(volumes).toHaveProperty(volume.split(':')[0] as string);
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(services).toHaveProperty(name);
      if (condition === 'service_healthy') expect(services[name]?.healthcheck).toBeDefined();
      if (condition === 'service_completed_successfully') expect(services[name]).toHaveProperty('restart', 'no');
    }
    for (const value of Object.values(service.environment ?? {})) {
      const mounted = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
      if (mounted) expect(service.secrets).toContain(mounted);
    }
  });

  it.each(['migrate', 'bootstrap', 'api', 'gateway', 'worker'])(
    '%s has a program and the truth’s addresses',
    (name) => {
      const { command, environment, build } = services[name] as Service;
      expect(build).toBeDefined();
      // Before it stand options of the runtime.
      expect(command?.at(-1)).toMatch(/^dist\/apps\/.+\.js$/);
      expect(environment).toMatchObject({
        PIERHEAD_MASTER_KEY_FILE: '/run/secrets/master_key',
        DATABASE_URL: expect.stringContaining('@postgres:5432/'),
        REDIS_URL: expect.stringContaining('@redis:6379'),
      });
    },
  );

  it('holds no secret, and its secrets are not kept in git', () => {
    const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['deploy/secrets/', 'deploy/.env']));
    for (const { file: path } of Object.values(secrets)) expect(path).toMatch(/^deploy\/secrets\//);
  });

  it('is valid for the compose client, where there is one', () => {
    if (spawnSync('docker', ['compose', 'version']).status !== 0) return;
    const env = { ...process.env, PIERHEAD_POSTGRES_PASSWORD: 'a', PIERHEAD_REDIS_PASSWORD: 'b' };
    const result = spawnSync('docker', ['compose', '-f', file, 'config', '-q'], { env, encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });
});
