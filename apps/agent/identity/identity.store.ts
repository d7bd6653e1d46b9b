import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsIdentity } from '#libs/agent-protocol/channel.js';
import { writeAtomically } from '../state/atomic-file.js';

/** Who this node is: its id, key and certificate, in one file that only the agent's user can read. */
export interface NodeIdentity extends TlsIdentity {
  nodeId: string;
}

/** Of the certificate, in milliseconds since the epoch. */
export function validity({ certificatePem }: NodeIdentity): { from: number; to: number } {
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

export class IdentityStore {
  private readonly path: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, 'identity.json');
  }

  /** Null before the node has joined. */
  async load(): Promise<NodeIdentity | null> {
    try {
      return JSON.parse(await readFile(this.path, 'utf8')) as NodeIdentity;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Key and certificate belong together, so they are written as one. */
  async save(identity: NodeIdentity): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeAtomically(this.path, JSON.stringify(identity), true);
  }
}
