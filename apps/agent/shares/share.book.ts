import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { NodeShare } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import { writeAtomically } from '../state/atomic-file.js';

interface Page {
  shares: NodeShare[];
  exportIds: Record<string, number>;
}

const mostExports = 65_535;

/**
 * The shares that this node was told of last, on disk: they are there again after a restart of the node also while no
 * gateway can be reached. And the number that each is exported under.
 */
export class ShareBook {
  private page: Page = { shares: [], exportIds: {} };

  constructor(private readonly file: string) {}

  get shares(): readonly NodeShare[] {
    return this.page.shares;
  }

  exportId(shareId: string): number {
    return this.page.exportIds[shareId] ?? 0;
  }

  async load(): Promise<void> {
    try {
      this.page = JSON.parse(await readFile(this.file, 'utf8')) as Page;
    } catch {
      // None yet, or not whole: a gateway tells all of it again.
    }
  }

  async write(shares: readonly NodeShare[]): Promise<void> {
    const known = this.page.exportIds;
    const exportIds: Record<string, number> = {};
    for (const { shareId } of shares) if (known[shareId]) exportIds[shareId] = known[shareId];
    const taken = new Set(Object.values(exportIds));
    let next = 1;
    for (const { shareId } of shares) {
      if (exportIds[shareId]) continue;
      while (taken.has(next) && next < mostExports) next += 1;
      exportIds[shareId] = next;
      taken.add(next);
    }
    const page: Page = { shares: [...shares], exportIds };
    if (JSON.stringify(page) === JSON.stringify(this.page)) return;
    this.page = page;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await writeAtomically(this.file, JSON.stringify(page), true);
  }
}
