import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import type { ServiceInput } from '#libs/core/service/service-intake.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { SystemClock } from '#libs/platform/clock.js';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { roleUrl } from '#libs/store/connection/database-role.js';
import { PostgresUnitOfWork } from '#libs/store/connection/postgres.unit-of-work.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';

/**
 * The core's use cases on a cluster's database, as another api process would call them: for definitions that no
 * dialect has words for, such as a health check of a service.
 */
export async function coreClient(cluster: Cluster) {
  const masterKey = Buffer.from(cluster.state.secret('master.key'), 'base64');
  const open = (role: 'pierhead_tenant' | 'pierhead_platform') =>
    createDataSource(roleUrl(cluster.postgres.url(), role, masterKey), {
      poolSize: 2,
      applicationName: 'test-core',
    }).initialize();
  const sources = [await open('pierhead_tenant'), await open('pierhead_platform')] as const;
  const work = new PostgresUnitOfWork(...sources);
  const commands = new ServiceCommands(work, new SystemClock(), new HostAccessPolicy(false));
  const queries = new ServiceQueries(work);
  const [project] = await cluster.ledger.rows<{ organization_id: string; user_id: string }>(
    'SELECT p.organization_id, u.id AS user_id FROM project p, user_account u WHERE p.id = $1 AND u.name = $2',
    [cluster.credentials.project, cluster.credentials.user],
  );
  if (!project) throw new Error('The first project is not there.');
  const context: RequestContext = {
    userId: project.user_id,
    userName: cluster.credentials.user,
    apiKeyId: null,
    sessionId: null,
    organizationId: project.organization_id,
    organizationName: cluster.credentials.organization,
    projectId: cluster.credentials.project,
    namespace: cluster.credentials.namespace,
    roles: ['owner'],
    access: 'write',
    request: { id: 'test', ip: '127.0.0.1', userAgent: 'test', method: 'POST', path: '/' },
  };
  return {
    commands,
    queries,
    context,
    /** Stores and starts a service; its address in the Docker Cloud API. */
    async run(input: ServiceInput): Promise<string> {
      const { service } = await commands.create(context, input);
      await commands.start(context, service.id);
      return `/api/app/v1/service/${service.id}/`;
    },
    async close(): Promise<void> {
      for (const source of sources) await source.destroy();
    },
  };
}
export type CoreClient = Awaited<ReturnType<typeof coreClient>>;

export const idOf = (uri: string): string => uri.split('/').filter(Boolean).at(-1) ?? '';
