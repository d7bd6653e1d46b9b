import { readFileSync, realpathSync } from 'node:fs';
import { run } from '../process/run.js';

/** Unmounts the file shares of a node whose agent and NFS server have ended; their loop devices go with them. */
export async function removeShareMounts(agentFolder: string): Promise<void> {
  const below = mountsBelow(agentFolder);
  // What is mounted inside of another goes first.
  for (const path of below.reverse()) await run('umount', [path], { accept: [0, 32] });
}

function mountsBelow(agentFolder: string): string[] {
  try {
    const root = `${realpathSync(agentFolder)}/`;
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .map((path) => path.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8))))
      .filter((path) => path.startsWith(root));
  } catch {
    return []; // it was never there, or this is no Linux
  }
}
