import { mkdirSync } from 'node:fs';
import { sampleImage } from '#libs/launch/engine/image.js';
import { freePort } from '#libs/launch/ports/port.js';
import { NodeProcessPart } from '#libs/launch/process/node-process.part.js';
import { serviceLinesSql, serviceListSql } from '#libs/store/service/service.list.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { benchProgram } from '../lab/bench-program.js';
import type { Lab } from '../lab/lab.js';
import type { Measure } from '../lab/measure.js';
import { toResult } from '../report/result.js';
import { throughput, type Target } from './load.js';

const size = 50;
const load = { connections: 32, seconds: 2 };
/** A just-in-time compiler needs its time with either side. */
const warmUp = { connections: 32, seconds: 4 };
/** Of the api as it is by default, and of the bare server. */
const pool = '10';

/** Answers per second to the list of fifty services, against a bare server on the same database. */
export const listMeasure: Measure = {
  name: 'list',
  rounds: 5,
  async run(lab, rounds) {
    const platform = await lab.platform();
    const client = platform.client();
    const services = await fiftyServices(client);
    const bare = await startBare(lab, platform);
    const { authorization, url } = client;
    const targets: Record<'rows' | 'json' | 'native' | 'dockerCloud', Target> = {
      rows: { url: `${bare}/rows` },
      json: { url: `${bare}/json` },
      native: { url: `${url}/api/v1/services?limit=${size}`, authorization },
      dockerCloud: { url: `${url}/api/app/v1/service/?limit=${size}`, authorization },
    };
    await checkAnswers(targets);
    const samples: Record<string, number[]> = {};
    for (const target of Object.values(targets)) await throughput(target, warmUp);
    for (let round = 0; round < rounds; round++) {
      for (const [name, target] of Object.entries(targets)) {
        (samples[name] ??= []).push(await throughput(target, load));
      }
    }
    for (const uuid of services) await client.ok('DELETE', `/api/app/v1/service/${uuid}/`);
    const of = (name: keyof typeof targets) => samples[name] ?? [];
    return [
      toResult({
        name: 'list: 50 services',
        unit: 'answers/s',
        ours: of('native'),
        peer: { name: 'bare Fastify + pg', samples: of('rows') },
        aim: { of: 'ratio', bound: 'at-least', value: 1 },
      }),
      toResult({
        name: 'list: 50 services, JSON by the database on both sides',
        unit: 'answers/s',
        ours: of('native'),
        peer: { name: 'bare Fastify + pg', samples: of('json') },
      }),
      toResult({
        name: 'list: 50 services, Docker Cloud API',
        unit: 'answers/s',
        ours: of('dockerCloud'),
        peer: { name: 'bare Fastify + pg', samples: of('rows') },
      }),
    ];
  },
};

async function fiftyServices(client: CloudClient): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < size; index++) {
    const service = await client.ok('POST', '/api/app/v1/service/', { name: `listed-${index}`, image: sampleImage });
    made.push(service.uuid);
  }
  return made;
}

async function startBare(lab: Lab, platform: Cluster): Promise<string> {
  const port = await freePort();
  const statements = JSON.stringify({ rows: serviceLinesSql, json: serviceListSql });
  mkdirSync(platform.state.file('logs'), { recursive: true });
  const bare = new NodeProcessPart(platform.state, {
    name: 'bare-server',
    entry: benchProgram(new URL('./bare-server.ts', import.meta.url)),
    args: [String(port), statements, await projectId(platform.client()), String(size)],
    env: { PATH: process.env.PATH, DATABASE_URL: platform.postgres.url(), POOL: pool, NODE_ENV: 'production' },
    healthUrl: `http://127.0.0.1:${port}/rows`,
  });
  lab.onClose(() => bare.stop());
  await bare.start();
  return `http://127.0.0.1:${port}`;
}

async function projectId(client: CloudClient): Promise<string> {
  const { projects } = await client.ok<{ projects: { id: string }[] }>('GET', '/api/v1/me');
  const [project] = projects;
  if (!project) throw new Error('There is no project.');
  return project.id;
}

/** Both sides answer with the same services. */
async function checkAnswers(targets: Record<string, Target>): Promise<void> {
  for (const [name, { url, authorization }] of Object.entries(targets)) {
    const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
    const body = (await response.json()) as { items?: unknown[]; objects?: unknown[] };
    const count = (body.items ?? body.objects)?.length;
    if (count !== size) throw new Error(`The list "${name}" has ${count} services.`);
  }
}
