import type { MigrationInterface, QueryRunner } from 'typeorm';
import { platformTable, tenantTable } from '../libs/store/migration/tenancy.js';

/**
 * Routes from the edges to services, the domains they are on and the certificates they show; what edges have in force;
 * and what the issuing of certificates needs between two looks.
 */
export class Routes1764200000000 implements MigrationInterface {
  name = 'Routes1764200000000';

  async up(q: QueryRunner): Promise<void> {
    for (const statement of statements) await q.query(statement);
    for (const table of tenantTables) await tenantTable(q, table);
    for (const table of platformTables) await platformTable(q, table);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of [...tenantTables, ...platformTables].reverse()) await q.query(`DROP TABLE ${table}`);
  }
}

const tenantTables = ['domain', 'certificate', 'route', 'route_target', 'edge_state', 'acme_challenge'];
const platformTables = ['acme_account', 'acme_backoff', 'platform_lease'];

const created = `created_at timestamptz NOT NULL DEFAULT now()`;
const version = `row_version integer NOT NULL DEFAULT 1`;
const ofProject = (table: string) =>
  `CONSTRAINT ${table}_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE`;

const statements = [
  `CREATE TABLE domain (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL, token text NOT NULL,
     granted boolean NOT NULL DEFAULT false, verified_at timestamptz, verified_by text, checked_at timestamptz,
     problem text, ${created}, ${version},
     CONSTRAINT domain_pkey PRIMARY KEY (id), CONSTRAINT domain_name_key UNIQUE (project_id, name), ${ofProject('domain')})`,
  // Claims without proof stand beside each other; one proof holds.
  `CREATE UNIQUE INDEX domain_owner_key ON domain (name) WHERE verified_at IS NOT NULL`,
  `CREATE INDEX domain_project_idx ON domain (project_id, created_at, id)`,
  `CREATE TABLE certificate (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, source text NOT NULL,
     names text[] NOT NULL, chain_pem text, key_sealed bytea, issuer text, fingerprint text,
     not_before timestamptz, not_after timestamptz, attempts integer NOT NULL DEFAULT 0, look_again_at timestamptz,
     problem text, ${created}, ${version},
     CONSTRAINT certificate_pkey PRIMARY KEY (id), CONSTRAINT certificate_tenant_key UNIQUE (id, organization_id),
     ${ofProject('certificate')})`,
  `CREATE INDEX certificate_project_idx ON certificate (project_id, created_at, id)`,
  `CREATE INDEX certificate_look_again_idx ON certificate (look_again_at) WHERE look_again_at IS NOT NULL`,
  `CREATE TABLE route (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, kind text NOT NULL,
     host text, path text, port integer, owned boolean NOT NULL DEFAULT false, tls boolean NOT NULL DEFAULT false,
     certificate_id uuid, redirect_to_https boolean NOT NULL DEFAULT false, hsts_max_age_s integer NOT NULL DEFAULT 0,
     cookie_affinity boolean NOT NULL DEFAULT false, proxy_protocol text NOT NULL DEFAULT 'none',
     health_check jsonb NOT NULL, drain_ms integer NOT NULL DEFAULT 10000, labels jsonb NOT NULL DEFAULT '{}',
     ${created}, ${version},
     CONSTRAINT route_pkey PRIMARY KEY (id), CONSTRAINT route_tenant_key UNIQUE (id, organization_id),
     CONSTRAINT route_place_key UNIQUE (organization_id, host, path), CONSTRAINT route_port_key UNIQUE (port),
     ${ofProject('route')},
     CONSTRAINT route_certificate_fkey FOREIGN KEY (certificate_id, organization_id) REFERENCES certificate (id, organization_id))`,
  // Of those whose organization owns the host; the others wait.
  `CREATE UNIQUE INDEX route_owned_key ON route (host, path) WHERE owned`,
  `CREATE INDEX route_project_idx ON route (project_id, created_at, id)`,
  `CREATE INDEX route_certificate_idx ON route (certificate_id) WHERE certificate_id IS NOT NULL`,
  `CREATE TABLE route_target (
     route_id uuid NOT NULL, position integer NOT NULL, organization_id uuid NOT NULL, service_id uuid NOT NULL,
     port integer NOT NULL, weight integer NOT NULL,
     CONSTRAINT route_target_pkey PRIMARY KEY (route_id, position),
     CONSTRAINT route_target_route_fkey FOREIGN KEY (route_id, organization_id) REFERENCES route (id, organization_id) ON DELETE CASCADE,
     CONSTRAINT route_target_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE)`,
  `CREATE INDEX route_target_service_idx ON route_target (service_id)`,
  // version: everything of transactions below it is in force on that edge.
  `CREATE TABLE edge_state (
     node_id uuid NOT NULL, project_id uuid NOT NULL, organization_id uuid NOT NULL, version bigint NOT NULL,
     problems jsonb NOT NULL DEFAULT '[]', at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT edge_state_pkey PRIMARY KEY (node_id, project_id),
     CONSTRAINT edge_state_node_fkey FOREIGN KEY (node_id) REFERENCES node (id) ON DELETE CASCADE,
     ${ofProject('edge_state')})`,
  `CREATE INDEX edge_state_project_idx ON edge_state (project_id)`,
  `CREATE TABLE acme_challenge (
     token text NOT NULL, organization_id uuid NOT NULL, certificate_id uuid NOT NULL, host text NOT NULL,
     response text NOT NULL, changed_xid bigint NOT NULL, ${created},
     CONSTRAINT acme_challenge_pkey PRIMARY KEY (token),
     CONSTRAINT acme_challenge_certificate_fkey FOREIGN KEY (certificate_id, organization_id) REFERENCES certificate (id, organization_id) ON DELETE CASCADE)`,
  `CREATE INDEX acme_challenge_certificate_idx ON acme_challenge (certificate_id)`,
  `CREATE TABLE acme_account (
     directory text NOT NULL, url text, key_sealed bytea NOT NULL, ${created},
     CONSTRAINT acme_account_pkey PRIMARY KEY (directory))`,
  // By name, not by certificate: asking anew does not make the issuer more patient.
  `CREATE TABLE acme_backoff (
     name text NOT NULL, failures integer NOT NULL, not_before timestamptz NOT NULL, problem text NOT NULL,
     CONSTRAINT acme_backoff_pkey PRIMARY KEY (name))`,
  `CREATE TABLE platform_lease (
     name text NOT NULL, holder uuid NOT NULL, until timestamptz NOT NULL,
     CONSTRAINT platform_lease_pkey PRIMARY KEY (name))`,
];
