import { createSocket } from 'node:dgram';
import { statfs } from 'node:fs/promises';
import type { NodeHello } from '#libs/agent-protocol/node-assignment.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';

export const agentVersion = '0.1.0';

export interface NodeFactsOptions {
  labels: Record<string, string>;
  maxContainers: number;
  /** Where published ports answer; found out when absent. */
  address: string | undefined;
  gateways: readonly string[];
  roles?: string[];
  overlay?: boolean;
  underlayAddress?: string;
  machine?: string;
  nfsClient?: boolean;
  storage?: NodeHello['storage'];
}

/** What a node says of itself when a session begins. Throws `unavailable` while its engine does not answer. */
export async function nodeHello(driver: RuntimeDriver, options: NodeFactsOptions): Promise<NodeHello> {
  const info = await driver.info();
  return {
    agentVersion,
    engineKind: info.engine,
    engineVersion: info.version,
    capacity: {
      milliCpu: info.milliCpu,
      memoryBytes: info.memoryBytes,
      diskBytes: await diskBytes(info.storagePath),
      maxContainers: options.maxContainers,
    },
    labels: options.labels,
    address: options.address ?? (await addressTowards(options.gateways[0] ?? '')),
    roles: options.roles ?? [],
    overlay: options.overlay ?? false,
    underlayAddress: options.underlayAddress ?? '',
    ...(options.machine !== undefined && { machine: options.machine }),
    nfsClient: options.nfsClient ?? false,
    storage: options.storage,
  };
}

async function diskBytes(path: string | null): Promise<number> {
  if (!path) return 0;
  try {
    const { blocks, bsize } = await statfs(path);
    return blocks * bsize;
  } catch {
    return 0; // an engine on another machine or in another mount namespace
  }
}

/** The local address that packets to the gateway leave from; a connected datagram socket knows it and sends nothing. */
export function addressTowards(gateway: string): Promise<string> {
  const split = gateway.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const settle = (address: string) => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => settle('127.0.0.1'));
    socket.connect(Number(gateway.slice(split + 1)) || 1, gateway.slice(0, split), () => {
      settle(socket.address().address);
    });
  });
}
