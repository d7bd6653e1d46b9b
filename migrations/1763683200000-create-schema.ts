import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema. Every tenant table carries its organization (and project), and row-level security is a
 * second wall behind the core's authorization: `pierhead_tenant` sees one organization, the one its connection
 * named; `pierhead_platform` (workers, gateways, operators) sees all. Neither owns a table nor may bypass.
 * Row-level security does not look at what a foreign key points to, so keys between tenant tables hold the
 * organization as well: nothing can hang below another tenant's project, stack or service.
 */
export class CreateSchema1763683200000 implements MigrationInterface {
  name = 'CreateSchema1763683200000';

  async up(q: QueryRunner): Promise<void> {
    for (const statement of tables) await q.query(statement);
    await q.query(nextGeneration);
    for (const role of ['pierhead_tenant', 'pierhead_platform']) {
      await q.query(
        `DO $$ BEGIN CREATE ROLE ${role} LOGIN NOINHERIT; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
      await q.query(`GRANT USAGE ON SCHEMA public TO ${role}`);
      // Named one by one: the list of migrations in the same schema is nobody's but the owner's.
      await q.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${createdTables.map(quoted).join(', ')} TO ${role}`);
    }
    await q.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    for (const table of platformOnly) await q.query(`REVOKE ALL ON "${table}" FROM pierhead_tenant`);
    // Row-level security would only make these statements touch nothing; a refusal is heard.
    await q.query(`REVOKE INSERT, UPDATE, DELETE ON organization, user_account FROM pierhead_tenant`);
    await q.query(`REVOKE SELECT, UPDATE, DELETE ON outbox FROM pierhead_tenant`);
    for (const table of [...tenantTables, ...sharedTables, ...platformOnly, 'organization', 'outbox', 'user_account']) {
      await q.query(`ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`);
      await q.query(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
      await q.query(`CREATE POLICY "platform" ON "${table}" TO pierhead_platform USING (true) WITH CHECK (true)`);
    }
    // The owner runs next_assignment_generation(), and need not be a superuser.
    for (const table of ['node', 'container']) {
      await q.query(`CREATE POLICY "owner" ON "${table}" TO CURRENT_USER USING (true) WITH CHECK (true)`);
    }
    const mine = `organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid`;
    for (const table of tenantTables) {
      await q.query(`CREATE POLICY "tenant" ON "${table}" TO pierhead_tenant USING (${mine}) WITH CHECK (${mine})`);
    }
    // Rows of the shared pool (no organization) are seen by all tenants and changed by none.
    for (const table of sharedTables) {
      await q.query(
        `CREATE POLICY "tenant_read" ON "${table}" FOR SELECT TO pierhead_tenant USING (organization_id IS NULL OR ${mine})`,
      );
      await q.query(
        `CREATE POLICY "tenant_write" ON "${table}" TO pierhead_tenant USING (${mine}) WITH CHECK (${mine})`,
      );
    }
    await q.query(
      `CREATE POLICY "tenant" ON "organization" FOR SELECT TO pierhead_tenant
         USING (id = nullif(current_setting('pierhead.organization_id', true), '')::uuid)`,
    );
    await q.query(`CREATE POLICY "tenant_insert" ON "outbox" FOR INSERT TO pierhead_tenant WITH CHECK (true)`);
    await q.query(
      `CREATE POLICY "tenant" ON "user_account" FOR SELECT TO pierhead_tenant
         USING (id IN (SELECT user_id FROM membership WHERE ${mine}
           UNION ALL SELECT user_id FROM project_membership WHERE ${mine}))`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of [...createdTables].reverse()) await q.query(`DROP TABLE "${table}" CASCADE`);
    await q.query('DROP FUNCTION next_assignment_generation(uuid[])');
    for (const role of ['pierhead_tenant', 'pierhead_platform']) {
      await q.query(`REVOKE ALL ON SCHEMA public FROM ${role}`);
    }
  }
}

/**
 * Stopping a container changes what its node is told, and nodes of the shared pool are not a tenant's to write: this
 * bumps the assignment generation of the nodes of those containers that the caller can see, and nothing else.
 */
const nextGeneration = `
  CREATE FUNCTION next_assignment_generation(containers uuid[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  BEGIN
    UPDATE node SET assignment_generation = assignment_generation + 1
     WHERE id IN (SELECT n.id FROM node n
                   WHERE n.id IN (SELECT c.node_id FROM container c WHERE c.id = ANY(containers)
                      AND (session_user = 'pierhead_platform'
                           OR c.organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid))
                   ORDER BY n.id FOR UPDATE);
  END $$`;

const tenantTables = [
  'membership',
  'project',
  'project_membership',
  'api_key',
  'join_token',
  'stack',
  'service',
  'revision',
  'deployment',
  'container',
  'volume',
  'trigger',
  'registry',
  'action',
  'event',
  'quota',
  'usage',
];
const sharedTables = ['node_cluster', 'node'];
const platformOnly = ['login_session', 'signing_key', 'certificate_authority', 'gateway', 'host_port'];

const created = `created_at timestamptz NOT NULL DEFAULT now()`;
const version = `row_version integer NOT NULL DEFAULT 1`;

const tables = [
  `CREATE TABLE organization (
     id uuid NOT NULL, name text NOT NULL, display_name text NOT NULL, ${created}, ${version},
     CONSTRAINT organization_pkey PRIMARY KEY (id), CONSTRAINT organization_name_key UNIQUE (name))`,
  `CREATE TABLE user_account (
     id uuid NOT NULL, name text NOT NULL, email text, display_name text NOT NULL, password_hash text,
     is_operator boolean NOT NULL DEFAULT false, disabled_at timestamptz, ${created}, ${version},
     CONSTRAINT user_account_pkey PRIMARY KEY (id), CONSTRAINT user_account_name_key UNIQUE (name),
     CONSTRAINT user_account_email_key UNIQUE (email))`,
  `CREATE TABLE membership (
     organization_id uuid NOT NULL, user_id uuid NOT NULL, role text NOT NULL, ${created},
     CONSTRAINT membership_pkey PRIMARY KEY (organization_id, user_id),
     CONSTRAINT membership_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id) ON DELETE CASCADE,
     CONSTRAINT membership_user_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE)`,
  `CREATE INDEX membership_user_idx ON membership (user_id)`,
  `CREATE TABLE project (
     id uuid NOT NULL, organization_id uuid NOT NULL, name text NOT NULL, namespace text NOT NULL,
     display_name text NOT NULL, ${created}, ${version},
     CONSTRAINT project_pkey PRIMARY KEY (id), CONSTRAINT project_name_key UNIQUE (organization_id, name),
     CONSTRAINT project_namespace_key UNIQUE (namespace),
     CONSTRAINT project_tenant_key UNIQUE (id, organization_id),
     CONSTRAINT project_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id))`,
  `CREATE TABLE project_membership (
     project_id uuid NOT NULL, user_id uuid NOT NULL, organization_id uuid NOT NULL, role text NOT NULL, ${created},
     CONSTRAINT project_membership_pkey PRIMARY KEY (project_id, user_id),
     CONSTRAINT project_membership_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE,
     CONSTRAINT project_membership_user_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE)`,
  `CREATE INDEX project_membership_user_idx ON project_membership (user_id)`,
  `CREATE TABLE api_key (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid, user_id uuid NOT NULL, name text NOT NULL,
     prefix text NOT NULL, secret_hash bytea NOT NULL, access text NOT NULL, expires_at timestamptz,
     revoked_at timestamptz, last_used_at timestamptz, ${created},
     CONSTRAINT api_key_pkey PRIMARY KEY (id), CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash),
     CONSTRAINT api_key_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id) ON DELETE CASCADE,
     CONSTRAINT api_key_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE,
     CONSTRAINT api_key_user_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE)`,
  `CREATE INDEX api_key_owner_idx ON api_key (organization_id, user_id)`,
  `CREATE TABLE login_session (
     id uuid NOT NULL, user_id uuid NOT NULL, refresh_hash bytea NOT NULL, previous_refresh_hash bytea,
     expires_at timestamptz NOT NULL, revoked_at timestamptz, ip text, ${created},
     CONSTRAINT login_session_pkey PRIMARY KEY (id), CONSTRAINT login_session_refresh_key UNIQUE (refresh_hash),
     CONSTRAINT login_session_user_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE)`,
  `CREATE INDEX login_session_user_idx ON login_session (user_id)`,
  `CREATE INDEX login_session_previous_refresh_idx ON login_session (previous_refresh_hash)`,
  `CREATE TABLE signing_key (
     kid text NOT NULL, algorithm text NOT NULL, public_jwk jsonb NOT NULL, private_key_encrypted bytea NOT NULL,
     retired_at timestamptz, ${created}, CONSTRAINT signing_key_pkey PRIMARY KEY (kid))`,
  `CREATE TABLE certificate_authority (
     id uuid NOT NULL, certificate_pem text NOT NULL, private_key_encrypted bytea NOT NULL, ${created},
     CONSTRAINT certificate_authority_pkey PRIMARY KEY (id))`,
  `CREATE TABLE gateway (
     id text NOT NULL, address text NOT NULL, started_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL,
     CONSTRAINT gateway_pkey PRIMARY KEY (id))`,
  `CREATE TABLE node_cluster (
     id uuid NOT NULL, organization_id uuid, name text NOT NULL, tags text[] NOT NULL DEFAULT '{}',
     removed_at timestamptz, ${created}, ${version},
     CONSTRAINT node_cluster_pkey PRIMARY KEY (id),
     CONSTRAINT node_cluster_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id))`,
  `CREATE TABLE join_token (
     id uuid NOT NULL, organization_id uuid, node_cluster_id uuid, secret_hash bytea NOT NULL,
     tags text[] NOT NULL DEFAULT '{}', expires_at timestamptz NOT NULL, used_at timestamptz, used_by_node_id uuid,
     revoked_at timestamptz, created_by uuid, ${created},
     CONSTRAINT join_token_pkey PRIMARY KEY (id),
     CONSTRAINT join_token_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id),
     CONSTRAINT join_token_cluster_fkey FOREIGN KEY (node_cluster_id) REFERENCES node_cluster (id))`,
  `CREATE TABLE node (
     id uuid NOT NULL, organization_id uuid, node_cluster_id uuid, name text NOT NULL, state text NOT NULL,
     state_message text, schedulable boolean NOT NULL DEFAULT true, draining boolean NOT NULL DEFAULT false,
     tags text[] NOT NULL DEFAULT '{}', labels jsonb NOT NULL DEFAULT '{}',
     milli_cpu bigint NOT NULL DEFAULT 0, memory_bytes bigint NOT NULL DEFAULT 0, disk_bytes bigint NOT NULL DEFAULT 0,
     max_containers integer NOT NULL DEFAULT 0, engine_kind text, engine_version text, agent_version text, address text,
     certificate_serial text, previous_certificate_serial text, certificate_expires_at timestamptz, revoked_at timestamptz,
     gateway_id text, session_epoch bigint NOT NULL DEFAULT 0, last_seen_at timestamptz,
     assignment_generation bigint NOT NULL DEFAULT 0, applied_generation bigint NOT NULL DEFAULT 0,
     removed_at timestamptz, ${created}, ${version},
     CONSTRAINT node_pkey PRIMARY KEY (id),
     CONSTRAINT node_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id),
     CONSTRAINT node_cluster_fkey FOREIGN KEY (node_cluster_id) REFERENCES node_cluster (id))`,
  `CREATE INDEX node_organization_idx ON node (organization_id)`,
  `CREATE TABLE stack (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL, display_name text,
     intent text NOT NULL, state text NOT NULL, synchronized boolean NOT NULL DEFAULT true,
     deployed_at timestamptz, destroyed_at timestamptz, ${created}, ${version},
     CONSTRAINT stack_pkey PRIMARY KEY (id), CONSTRAINT stack_tenant_key UNIQUE (id, organization_id),
     CONSTRAINT stack_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id))`,
  `CREATE UNIQUE INDEX stack_name_key ON stack (project_id, name) WHERE destroyed_at IS NULL`,
  `CREATE INDEX stack_project_idx ON stack (project_id, created_at, id)`,
  `CREATE TABLE service (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, stack_id uuid, name text NOT NULL,
     spec jsonb NOT NULL, intent text NOT NULL, state text NOT NULL, state_message text,
     synchronized boolean NOT NULL DEFAULT true, revision integer NOT NULL DEFAULT 0, replicas integer NOT NULL,
     reserved_containers integer NOT NULL DEFAULT 0, reserved_memory_bytes bigint NOT NULL DEFAULT 0,
     reserved_milli_cpu bigint NOT NULL DEFAULT 0,
     look_again_at timestamptz, deployed_at timestamptz, started_at timestamptz, stopped_at timestamptz,
     destroyed_at timestamptz, ${created}, ${version},
     CONSTRAINT service_pkey PRIMARY KEY (id), CONSTRAINT service_tenant_key UNIQUE (id, organization_id),
     CONSTRAINT service_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id),
     CONSTRAINT service_stack_fkey FOREIGN KEY (stack_id, organization_id) REFERENCES stack (id, organization_id))`,
  `CREATE UNIQUE INDEX service_name_key ON service (project_id, coalesce(stack_id, '00000000-0000-0000-0000-000000000000'), name)
     WHERE destroyed_at IS NULL`,
  `CREATE INDEX service_project_idx ON service (project_id, created_at, id)`,
  `CREATE INDEX service_stack_idx ON service (stack_id)`,
  `CREATE INDEX service_look_again_idx ON service (look_again_at) WHERE look_again_at IS NOT NULL`,
  `CREATE TABLE revision (
     service_id uuid NOT NULL, number integer NOT NULL, organization_id uuid NOT NULL, spec jsonb NOT NULL, ${created},
     CONSTRAINT revision_pkey PRIMARY KEY (service_id, number),
     CONSTRAINT revision_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE)`,
  `CREATE TABLE action (
     id uuid NOT NULL, organization_id uuid, project_id uuid, user_id uuid, user_name text, api_key_id uuid,
     verb text NOT NULL, resource_type text NOT NULL, resource_id uuid, resource_name text,
     stack_id uuid, service_id uuid, origin text NOT NULL, state text NOT NULL, message text,
     expectation jsonb, method text, path text, ip text, user_agent text, retry_of uuid,
     started_at timestamptz NOT NULL DEFAULT now(), deadline_at timestamptz, ended_at timestamptz, ${version},
     CONSTRAINT action_pkey PRIMARY KEY (id))`,
  `CREATE INDEX action_organization_idx ON action (organization_id, started_at, id)`,
  `CREATE INDEX action_open_idx ON action (deadline_at) WHERE ended_at IS NULL`,
  `CREATE INDEX action_resource_idx ON action (resource_id)`,
  `CREATE TABLE deployment (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, service_id uuid NOT NULL,
     action_id uuid, kind text NOT NULL, state text NOT NULL, from_revision integer, to_revision integer NOT NULL,
     rolling_back boolean NOT NULL DEFAULT false, progress_slots integer NOT NULL DEFAULT 0, message text, started_at timestamptz NOT NULL,
     last_progress_at timestamptz, complete_since timestamptz, deadline_at timestamptz NOT NULL, ended_at timestamptz,
     environment jsonb NOT NULL DEFAULT '[]',
     CONSTRAINT deployment_pkey PRIMARY KEY (id),
     CONSTRAINT deployment_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE)`,
  `CREATE UNIQUE INDEX deployment_open_key ON deployment (service_id) WHERE ended_at IS NULL`,
  `CREATE INDEX deployment_service_idx ON deployment (service_id, started_at)`,
  `CREATE INDEX deployment_action_idx ON deployment (action_id)`,
  `CREATE TABLE container (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, stack_id uuid, service_id uuid,
     name text NOT NULL, ordinal integer NOT NULL, revision integer, template jsonb, restart jsonb,
     environment jsonb NOT NULL DEFAULT '[]', node_id uuid, deployment_id uuid, held boolean NOT NULL DEFAULT false,
     start_incarnation integer NOT NULL DEFAULT 0, failed_at timestamptz, autodestroyed boolean NOT NULL DEFAULT false,
     desired text NOT NULL, generation bigint NOT NULL DEFAULT 1, assigned_generation bigint NOT NULL DEFAULT 0,
     restart_nonce integer NOT NULL DEFAULT 0, milli_cpu bigint NOT NULL DEFAULT 0, memory_bytes bigint NOT NULL DEFAULT 0,
     state text NOT NULL, incarnation integer NOT NULL DEFAULT 0, health text NOT NULL DEFAULT 'none', engine_id text,
     exit_code integer, message text, image_digest text, address text, ports jsonb NOT NULL DEFAULT '[]',
     observed_epoch bigint NOT NULL DEFAULT 0, observed_sequence bigint NOT NULL DEFAULT 0,
     observed_generation bigint NOT NULL DEFAULT 0, observed_at timestamptz,
     started_at timestamptz, finished_at timestamptz, removed_at timestamptz, ${created}, ${version},
     CONSTRAINT container_pkey PRIMARY KEY (id),
     CONSTRAINT container_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id),
     CONSTRAINT container_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE,
     CONSTRAINT container_node_fkey FOREIGN KEY (node_id) REFERENCES node (id))`,
  `CREATE INDEX container_service_idx ON container (service_id) WHERE removed_at IS NULL`,
  `CREATE INDEX container_node_idx ON container (node_id, assigned_generation) WHERE removed_at IS NULL`,
  `CREATE INDEX container_project_idx ON container (project_id, created_at, id)`,
  `CREATE UNIQUE INDEX container_standalone_name_key ON container (project_id, name)
     WHERE service_id IS NULL AND removed_at IS NULL`,
  `CREATE TABLE host_port (
     node_id uuid NOT NULL, host_port integer NOT NULL, protocol text NOT NULL, container_id uuid NOT NULL,
     CONSTRAINT host_port_pkey PRIMARY KEY (node_id, host_port, protocol),
     CONSTRAINT host_port_container_fkey FOREIGN KEY (container_id) REFERENCES container (id) ON DELETE CASCADE)`,
  `CREATE INDEX host_port_container_idx ON host_port (container_id)`,
  `CREATE TABLE volume (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL, driver text NOT NULL,
     node_id uuid, labels jsonb NOT NULL DEFAULT '{}', ${created}, ${version},
     CONSTRAINT volume_pkey PRIMARY KEY (id), CONSTRAINT volume_name_key UNIQUE (project_id, name),
     CONSTRAINT volume_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id))`,
  `CREATE TABLE trigger (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, service_id uuid NOT NULL, name text NOT NULL,
     operation text NOT NULL, secret_hash bytea NOT NULL, last_called_at timestamptz, calls bigint NOT NULL DEFAULT 0, ${created},
     CONSTRAINT trigger_pkey PRIMARY KEY (id), CONSTRAINT trigger_secret_hash_key UNIQUE (secret_hash),
     CONSTRAINT trigger_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE)`,
  `CREATE INDEX trigger_service_idx ON trigger (service_id, created_at)`,
  `CREATE TABLE registry (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, host text NOT NULL, repository text NOT NULL,
     username text, password_sealed bytea, ${created},
     CONSTRAINT registry_pkey PRIMARY KEY (id), CONSTRAINT registry_repository_key UNIQUE (project_id, host, repository),
     CONSTRAINT registry_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE)`,
  `CREATE TABLE event (
     id bigint GENERATED ALWAYS AS IDENTITY, transaction_id bigint NOT NULL, organization_id uuid, project_id uuid, type text NOT NULL, verb text NOT NULL,
     resource_id uuid NOT NULL, state text NOT NULL, parents jsonb NOT NULL DEFAULT '[]',
     at timestamptz NOT NULL DEFAULT clock_timestamp(), CONSTRAINT event_pkey PRIMARY KEY (id))`,
  `CREATE INDEX event_organization_idx ON event (organization_id, transaction_id, id)`,
  `CREATE TABLE outbox (
     id bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT outbox_pkey PRIMARY KEY (id))`,
  `CREATE TABLE quota (
     id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid, resource text NOT NULL, "limit" bigint,
     CONSTRAINT quota_pkey PRIMARY KEY (id),
     CONSTRAINT quota_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id) ON DELETE CASCADE,
     CONSTRAINT quota_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE)`,
  `CREATE UNIQUE INDEX quota_resource_key ON quota
     (organization_id, coalesce(project_id, '00000000-0000-0000-0000-000000000000'), resource)`,
  `CREATE TABLE usage (
     organization_id uuid NOT NULL, project_id uuid NOT NULL, resource text NOT NULL, used bigint NOT NULL DEFAULT 0,
     CONSTRAINT usage_pkey PRIMARY KEY (organization_id, project_id, resource),
     CONSTRAINT usage_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization (id) ON DELETE CASCADE)`,
];
const createdTables = tables.flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);
const quoted = (name: string) => `"${name}"`;
