import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EdgeProject } from '#libs/edge/state.js';
import type { Log } from '#libs/platform/log.js';
import { writeAtomically } from '../state/atomic-file.js';

/**
 * What the edge was told last, one file per project, so that it goes on serving when it starts while the control plane
 * is away. Private keys are among it: only the agent’s user may read the folder.
 */
export class EdgeStore {
  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {}

  async load(): Promise<EdgeProject[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const projects: EdgeProject[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (!name.endsWith('.json')) {
        await rm(path, { force: true });
        continue;
      }
      try {
        projects.push(JSON.parse(await readFile(path, 'utf8')) as EdgeProject);
      } catch (error) {
        this.log.warn({ path, err: error }, 'A project’s routes could not be read and are left out.');
      }
    }
    return projects;
  }

  async save(project: EdgeProject): Promise<void> {
    await writeAtomically(this.path(project.projectId), JSON.stringify(project), false);
  }

  async remove(projectId: string): Promise<void> {
    await rm(this.path(projectId), { force: true });
  }

  private path(projectId: string): string {
    return join(this.folder, `${encodeURIComponent(projectId)}.json`);
  }
}
