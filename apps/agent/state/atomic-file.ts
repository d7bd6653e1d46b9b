import { open, rename, rm } from 'node:fs/promises';

/** Whole or not at all, readable by the owner only. `durable` also waits for the disk. */
export async function writeAtomically(path: string, content: string, durable: boolean): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
