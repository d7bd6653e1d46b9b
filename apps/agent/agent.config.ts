import { hostname } from 'node:os';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const address = z.string().regex(/^.+:\d{1,5}$/, 'must be host:port');

export const agentConfig = z.object({
  PIERHEAD_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Folder of the node's identity and of what it runs. */
  PIERHEAD_AGENT_STATE: z.string().min(1),
  /** host:port of the gateways' agent ports, separated by commas. */
  PIERHEAD_GATEWAYS: list.pipe(z.array(address).min(1)),
  PIERHEAD_ENGINE: z.string().regex(/^unix:\/\/\/.+/, 'must be unix:///path/of/the/engine.sock'),
  /** Both are needed only until the node has joined. */
  PIERHEAD_JOIN_TOKEN_FILE: z.string().optional(),
  PIERHEAD_JOIN_ADDRESS: address.optional(),
  PIERHEAD_NODE_NAME: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    .default(() => hostname().slice(0, 63)),
  /** Where published ports answer; the address towards the gateway when not given. */
  PIERHEAD_NODE_ADDRESS: z.string().optional(),
  /** name=value,name=value */
  PIERHEAD_NODE_LABELS: list.default([]).transform((pairs) => Object.fromEntries(pairs.map((pair) => pairOf(pair)))),
  PIERHEAD_NODE_MAX_CONTAINERS: z.coerce.number().int().min(1).max(100_000).default(1_000),
  /** What the node does beside running containers. */
  PIERHEAD_NODE_ROLES: list.default([]).pipe(z.array(z.enum(['edge', 'storage', 'builder']))),
  /** Where an edge listens for the public: an IPv4 address and two ports. */
  PIERHEAD_EDGE_ADDRESS: z.ipv4('must be an IPv4 address').default('0.0.0.0'),
  PIERHEAD_EDGE_HTTP_PORT: z.coerce.number().int().min(1).max(65535).default(80),
  PIERHEAD_EDGE_HTTPS_PORT: z.coerce.number().int().min(1).max(65535).default(443),
  /** Of the load balancer’s own metrics, on loopback; 0 for none. */
  PIERHEAD_EDGE_METRICS_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  /** Where a node with the storage role serves its file shares. */
  PIERHEAD_STORAGE_ADDRESS: z.ipv4('must be an IPv4 address').default('0.0.0.0'),
  PIERHEAD_STORAGE_PORT: z.coerce.number().int().min(1).max(65535).default(2049),
  /** What it offers to shares altogether; nine tenths of what its file system has when not given. */
  PIERHEAD_STORAGE_BYTES: z.coerce.number().int().min(1).optional(),
  /** Whether this node's kernel can mount NFS; `auto`: it is looked at. */
  PIERHEAD_NFS_CLIENT: z.enum(['auto', 'on', 'off']).default('auto'),
  /** Whether the projects' private networks span nodes from here; `auto`: where the kernel can. */
  PIERHEAD_OVERLAY: z.enum(['on', 'off', 'auto']).default('off'),
  /** Where other nodes' packets for private networks go; the node's address when not given. */
  PIERHEAD_UNDERLAY_ADDRESS: z.string().optional(),
  PIERHEAD_HEALTH_HOST: z.string().default('127.0.0.1'),
  PIERHEAD_HEALTH_PORT: z.coerce.number().int().min(0).max(65535).default(0),
});
export type AgentConfig = z.infer<typeof agentConfig>;

function pairOf(text: string): [string, string] {
  const split = text.indexOf('=');
  return split < 0 ? [text, ''] : [text.slice(0, split), text.slice(split + 1)];
}
