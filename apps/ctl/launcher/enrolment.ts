import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the agent with this state has a certificate that is still good; without one it needs a join token. */
export function isEnrolled(agentFolder: string, now: Date): boolean {
  try {
    const held = JSON.parse(readFileSync(join(agentFolder, 'identity.json'), 'utf8')) as { certificatePem: string };
    return Date.parse(new X509Certificate(held.certificatePem).validTo) > now.getTime();
  } catch {
    // No file, or one that the agent can't use either.
    return false;
  }
}
