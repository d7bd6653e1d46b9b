import type { Assignment } from '#libs/core/agent/agent-directory.port.js';
import { serviceUserName } from '#libs/core/identity/names.js';
import type { ServiceKeyVault } from '#libs/core/service/service-key.vault.js';
import { namings } from '#libs/domain/discovery/namings.js';
import type { NamingScheme } from '#libs/domain/discovery/naming-scheme.js';
import type { Log } from '#libs/platform/log.js';
import type { Sql } from '../connection/sql.js';

/** Who is given which key, and under which name. */
export interface KeyHolder {
  containerId: string;
  apiKeyId: string;
  naming: NamingScheme;
}

interface SealedRow {
  id: string;
  service_name: string;
  secret_sealed: Buffer;
}

/** Puts into assignments the keys of services that were given a role. The only place where they are opened. */
export class ServiceKeys {
  constructor(
    private readonly vault: ServiceKeyVault,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  /** On the platform role: nodes run containers of many projects. A key that was revoked is still handed on: it opens nothing. */
  async addTo(sql: Sql, assignments: Assignment[], holders: readonly KeyHolder[]): Promise<Assignment[]> {
    if (holders.length === 0) return assignments;
    const rows = await sql.query<SealedRow>(
      'service-key-sealed',
      `SELECT k.id, s.name AS service_name, k.secret_sealed FROM api_key k JOIN service s ON s.id = k.service_id
        WHERE k.id = ANY($1::uuid[]) AND k.secret_sealed IS NOT NULL`,
      [[...new Set(holders.map(({ apiKeyId }) => apiKeyId))]],
    );
    const headers = new Map(rows.map((row) => [row.id, this.header(row)]));
    const holderOf = new Map(holders.map((holder) => [holder.containerId, holder]));
    return assignments.map((assignment) => {
      const holder = holderOf.get(assignment.containerId);
      const header = holder && headers.get(holder.apiKeyId);
      if (!holder || !header) return assignment;
      const variable = namings[holder.naming].authorization(header);
      return { ...assignment, platformEnvironment: [...assignment.platformEnvironment, variable] };
    });
  }

  /** One that cannot be opened must not keep a node from its other assignments; the container then has no key. */
  private header({ id, service_name, secret_sealed }: SealedRow): string | null {
    try {
      const secret = this.vault.open(secret_sealed, id);
      return `Basic ${Buffer.from(`${serviceUserName(service_name)}:${secret}`).toString('base64')}`;
    } catch {
      this.log.warn({ apiKeyId: id }, 'a service’s key cannot be opened with this master key');
      return null;
    }
  }
}
