import type {
  CertificateRecord,
  CertificateRepository,
  ChallengeRecord,
} from '#libs/core/certificate/certificate.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { stale } from '../identity/refused-write.js';
import { livingEdge } from '../route/living-edge.sql.js';

/** All but the key, which only edges are given. */
const columns = `id, organization_id AS "organizationId", project_id AS "projectId", source, names, chain_pem AS "chainPem",
  issuer, fingerprint, not_before AS "notBefore", not_after AS "notAfter", attempts, look_again_at AS "lookAgainAt", problem,
  created_at AS "createdAt", row_version AS "rowVersion"`;

export class PostgresCertificateRepository implements CertificateRepository {
  constructor(private readonly sql: Sql) {}

  async insert(certificate: CertificateRecord, keySealed: Buffer | null): Promise<void> {
    await this.sql.query(
      'certificate-insert',
      `INSERT INTO certificate (id, organization_id, project_id, source, created_at, names, chain_pem, issuer, fingerprint,
         not_before, not_after, attempts, look_again_at, problem, key_sealed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        certificate.id,
        certificate.organizationId,
        certificate.projectId,
        certificate.source,
        certificate.createdAt,
        ...changing(certificate),
        keySealed,
      ],
    );
  }

  async update(certificate: CertificateRecord, keySealed?: Buffer): Promise<number> {
    const row = await this.sql.first<{ version: number }>(
      'certificate-update',
      `UPDATE certificate SET names = $3, chain_pem = $4, issuer = $5, fingerprint = $6, not_before = $7, not_after = $8,
         attempts = $9, look_again_at = $10, problem = $11, key_sealed = coalesce($12, key_sealed), row_version = row_version + 1
        WHERE id = $1 AND row_version = $2 RETURNING row_version AS version`,
      [certificate.id, certificate.rowVersion, ...changing(certificate), keySealed ?? null],
    );
    if (!row) throw stale('certificate');
    return row.version;
  }

  get(projectId: string, id: string): Promise<CertificateRecord | null> {
    return this.sql.first<CertificateRecord>(
      'certificate-get',
      `SELECT ${columns} FROM certificate WHERE project_id = $1 AND id = $2`,
      [projectId, id],
    );
  }

  async list(projectId: string, limit: number, offset: number): Promise<{ rows: CertificateRecord[]; total: number }> {
    const rows = await this.sql.query<CertificateRecord>(
      'certificate-list',
      `SELECT ${columns} FROM certificate WHERE project_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3`,
      [projectId, limit, offset],
    );
    const row = await this.sql.first<{ total: number }>(
      'certificate-count',
      `SELECT count(*) AS total FROM certificate WHERE project_id = $1`,
      [projectId],
    );
    return { rows, total: row?.total ?? 0 };
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('certificate-delete', `DELETE FROM certificate WHERE id = $1`, [id]);
  }

  async chosenBy(id: string): Promise<string[]> {
    const rows = await this.sql.query<{ place: string }>(
      'certificate-chosen-by',
      `SELECT coalesce(host || path, 'port ' || port) AS place FROM route WHERE certificate_id = $1 ORDER BY 1 FOR UPDATE`,
      [id],
    );
    return rows.map(({ place }) => place);
  }

  async pending(organizationId: string): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      'certificate-pending',
      `SELECT id FROM certificate WHERE organization_id = $1 AND source = 'acme' AND chain_pem IS NULL ORDER BY id`,
      [organizationId],
    );
    return rows.map(({ id }) => id);
  }

  getAny(id: string): Promise<CertificateRecord | null> {
    return this.sql.first<CertificateRecord>(
      'certificate-get-any',
      `SELECT ${columns} FROM certificate WHERE id = $1`,
      [id],
    );
  }

  lockAny(id: string): Promise<CertificateRecord | null> {
    return this.sql.first<CertificateRecord>(
      'certificate-lock-any',
      `SELECT ${columns} FROM certificate WHERE id = $1 FOR UPDATE`,
      [id],
    );
  }

  async setChallenges(certificateId: string, challenges: ChallengeRecord[]): Promise<boolean> {
    const former = await this.sql.count('challenge-clear', `DELETE FROM acme_challenge WHERE certificate_id = $1`, [
      certificateId,
    ]);
    if (!challenges.length) return former > 0;
    await this.sql.query(
      'challenge-insert',
      `INSERT INTO acme_challenge (token, organization_id, certificate_id, host, response, changed_xid)
       SELECT c.token, c.organization_id, $1, c.host, c.response, pg_current_xact_id()::text::bigint
         FROM jsonb_to_recordset($2::jsonb) AS c (token text, organization_id uuid, host text, response text)`,
      [certificateId, JSON.stringify(challenges.map((each) => ({ ...each, organization_id: each.organizationId })))],
    );
    return true;
  }

  async challengesInForce(certificateId: string): Promise<'yes' | 'not-yet' | 'none'> {
    const row = await this.sql.first<{ edges: number; behind: number }>(
      'challenge-in-force',
      `SELECT count(n.id) AS edges,
              count(n.id) FILTER (WHERE coalesce(e.version, 0) <= (SELECT max(changed_xid) FROM acme_challenge WHERE certificate_id = $1)) AS behind
         FROM certificate k JOIN node n ON ${livingEdge('n', 'k.organization_id')}
         LEFT JOIN edge_state e ON e.node_id = n.id AND e.project_id = k.project_id
        WHERE k.id = $1`,
      [certificateId],
    );
    if (!row?.edges) return 'none';
    return row.behind === 0 ? 'yes' : 'not-yet';
  }
}

const changing = (certificate: CertificateRecord): unknown[] => [
  certificate.names,
  certificate.chainPem,
  certificate.issuer,
  certificate.fingerprint,
  certificate.notBefore,
  certificate.notAfter,
  certificate.attempts,
  certificate.lookAgainAt,
  certificate.problem,
];
