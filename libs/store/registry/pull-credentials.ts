import type { Assignment } from '#libs/core/agent/agent-directory.port.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { repositoryOf } from '#libs/domain/registry/repository-name.js';
import type { Log } from '#libs/platform/log.js';
import type { Sql } from '../connection/sql.js';

interface SealedRow {
  id: string;
  project_id: string;
  host: string;
  repository: string;
  username: string;
  password_sealed: Buffer;
}

/** Puts into assignments what their images are pulled with. The only place where passwords are opened. */
export class PullCredentials {
  constructor(
    private readonly vault: RegistryVault,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  /** On the platform role: nodes run containers of many projects. */
  async addTo(sql: Sql, assignments: Assignment[]): Promise<Assignment[]> {
    const pulled = assignments.filter(({ template }) => template !== null);
    if (pulled.length === 0) return assignments;
    const projects = new Set(pulled.map(({ projectId }) => projectId));
    const rows = await sql.query<SealedRow>(
      'registry-sealed',
      `SELECT id, project_id, host, repository, username, password_sealed FROM registry
        WHERE project_id = ANY($1::uuid[]) AND username IS NOT NULL AND password_sealed IS NOT NULL`,
      [[...projects]],
    );
    return rows.length === 0 ? assignments : assignments.map((assignment) => this.complete(assignment, rows));
  }

  private complete(assignment: Assignment, rows: SealedRow[]): Assignment {
    const { template } = assignment;
    if (!template) return assignment;
    const name = repositoryOf(template.image);
    const [fitting] = rows
      .filter(({ project_id, host }) => project_id === assignment.projectId && host === name.host)
      .filter(({ repository }) => repository === '' || repository === name.path)
      .sort((a, b) => b.repository.length - a.repository.length);
    return fitting ? { ...assignment, credentials: this.open(fitting) } : assignment;
  }

  /** One that cannot be opened must not keep a node from its other assignments; the pull then says what is missing. */
  private open(row: SealedRow): Assignment['credentials'] {
    try {
      return { server: row.host, username: row.username, password: this.vault.open(row.password_sealed, row.id) };
    } catch {
      this.log.warn({ registryId: row.id }, 'a registry’s password cannot be opened with this master key');
      return null;
    }
  }
}
