import type { z } from 'zod';
import { checked } from './contract.js';
import { Cloud, type CloudOptions, type Tenant } from '../../docker-cloud/support/cloud.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** A client of the mStudio API: it sends the key as its own clients do, and holds every answer to the contract. */
export class MstudioClient {
  constructor(
    private readonly cloud: Cloud,
    private readonly key: string,
  ) {}

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.cloud.url}${path}`, {
      method,
      headers: {
        'x-access-token': this.key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    checked(method, path, { ...answer, header: (name) => answer.headers.get(name) });
    return answer;
  }

  /** A call that is to be answered with this status and a body of this shape. */
  async take<T extends z.ZodType>(
    shape: T,
    method: string,
    path: string,
    body?: unknown,
    status = 200,
  ): Promise<z.output<T>> {
    const answer = await this.call(method, path, body);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return shape.parse(JSON.parse(answer.text));
  }

  /** A call that is to be answered with 204 and nothing. */
  async done(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.call(method, path, body);
    if (answer.status !== 204 || answer.text !== '') {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
  }
}

export interface Place {
  cloud: Cloud;
  tenant: Tenant;
  client: MstudioClient;
  /** The default stack. */
  stack: string;
}

/** A platform with one node and one tenant. */
export async function aPlace(name: string, options: CloudOptions = {}): Promise<Place> {
  const cloud = await Cloud.open(options);
  const tenant = await cloud.tenant(name);
  await cloud.plane.node();
  const client = new MstudioClient(cloud, tenant.apiKey);
  return { cloud, tenant, client, stack: `/v2/stacks/${tenant.projectId}` };
}

/** Everything comes to rest, and what is watched for a while after it started has been. */
export async function settled({ cloud: { plane } }: Place): Promise<void> {
  await plane.settle();
  plane.clock.advance(60_000);
  await plane.settle();
}
