import { randomBytes } from 'node:crypto';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import { CertificateSettings } from '#libs/core/certificate/certificate.settings.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { DomainService } from '#libs/core/domain/domain.service.js';
import { RouteCommands } from '#libs/core/route/route.commands.js';
import { RouteQueries } from '#libs/core/route/route.queries.js';
import { RouteSettings } from '#libs/core/route/route.settings.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import type { Role } from '#libs/domain/identity/role.js';
import { newId } from '#libs/platform/id.js';
import { NetworkDomainProofs } from '#libs/outbound/network.domain-proofs.js';
import { FakeDnsServer } from '#libs/testing/dns-server.fake.js';
import { TestClock } from '../reconcile/plane.js';
import { aContainer, aNode, aService, aTenant, type Tenant } from '../store/records.js';
import { openStore, type TestStore } from '../store/store.js';
import type { PoolState } from '#libs/domain/container/pool.js';

export const contextOf = (tenant: Tenant, role: Role = 'owner'): RequestContext => ({
  ...tenant,
  userId: newId(),
  userName: 'somebody',
  apiKeyId: null,
  sessionId: null,
  organizationName: 'an organization',
  namespace: 'a-project',
  roles: [role],
  access: 'write',
  request: { id: newId(), ip: '127.0.0.1', userAgent: 'test', method: 'POST', path: '/' },
});

export const tcpPorts = { from: 20_000, to: 20_003 };

/** Routes, domains and certificates over a real database, with a DNS server that the test fills. */
export class RouteWorld {
  readonly clock = new TestClock();
  readonly settings = new RouteSettings('apps.example', tcpPorts);
  readonly vault = new CertificateVault(randomBytes(32));
  readonly routes: RouteCommands;
  readonly queries: RouteQueries;
  readonly domains: DomainService;
  readonly certificates: CertificateService;

  private constructor(
    readonly store: TestStore,
    readonly dns: FakeDnsServer,
  ) {
    const { work } = store;
    const proofs = new NetworkDomainProofs({ servers: [dns.address], inner: true, timeoutMs: 1_000, httpPort: 1 });
    this.routes = new RouteCommands(work, this.clock, this.settings);
    this.queries = new RouteQueries(work);
    this.domains = new DomainService(work, this.clock, proofs, this.settings);
    this.certificates = new CertificateService(work, this.clock, this.vault, new CertificateSettings(true));
  }

  static async open(): Promise<RouteWorld> {
    return new RouteWorld(await openStore({ poolSize: 8 }), await FakeDnsServer.start());
  }

  async tenant(): Promise<RequestContext> {
    return contextOf(await aTenant(this.store));
  }

  /** Another project of the same organization. */
  async project(context: RequestContext): Promise<RequestContext> {
    const projectId = newId();
    await this.store.sql(
      'INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, $3, $3, $3)',
      [projectId, context.organizationId, `p-${projectId}`],
    );
    return contextOf({ organizationId: context.organizationId, projectId });
  }

  async service(tenant: Tenant, name?: string): Promise<string> {
    const { organizationId, projectId } = tenant;
    const service = aService({ organizationId, projectId }, name ? { name } : {});
    await this.store.work.platform((tx) => tx.services.insert(service));
    return service.id;
  }

  /** A container of the service that its node reports. */
  async container(
    tenant: Tenant,
    serviceId: string,
    given: { pool?: PoolState; state?: string; address?: string | null; privateAddress?: string; nodeId?: string } = {},
  ): Promise<string> {
    const { organizationId, projectId } = tenant;
    const { pool = 'in', state = 'running', address = '10.88.0.2', nodeId = await aNode(this.store) } = given;
    const container = aContainer(
      { organizationId, projectId },
      { serviceId, privateAddress: given.privateAddress ?? null },
    );
    await this.store.work.platform((tx) => tx.containers.insert([container]));
    await this.store.sql(`UPDATE container SET node_id = $2, state = $3, address = $4, pool = $5 WHERE id = $1`, [
      ...[container.id, nodeId, state, address, pool],
    ]);
    return container.id;
  }

  /** A node in the edge role; of the platform unless an organization is given. */
  async edge(organizationId: string | null = null, state = 'ready'): Promise<string> {
    const id = await aNode(this.store, organizationId);
    await this.store.sql(`UPDATE node SET roles = '{edge}', state = $2, address = '192.0.2.7' WHERE id = $1`, [
      id,
      state,
    ]);
    return id;
  }

  /** Puts the proof of a domain where it is asked for, and has it looked for. */
  async prove(context: RequestContext, name: string) {
    const { domain } = await this.domains.create(context, name);
    this.dns.setText(`_pierhead.${domain.name}`, `pierhead-verification=${domain.token}`);
    return this.domains.verify(context, domain.name);
  }

  /** What workers were asked to look at since the last call. */
  async keys(): Promise<string[]> {
    const rows = await this.store.sql<{ key: string }>('DELETE FROM outbox RETURNING key');
    return [...new Set(rows.map(({ key }) => key))].sort();
  }

  async events(context: RequestContext): Promise<{ type: string; verb: string; state: string }[]> {
    return this.store.sql('SELECT type, verb, state FROM event WHERE project_id = $1 ORDER BY id', [context.projectId]);
  }

  async used(context: RequestContext): Promise<number> {
    const lines = await this.store.work.tenantRead(context, (tx) =>
      tx.quotas.usage(context.organizationId, context.projectId),
    );
    return lines.find(({ resource }) => resource === 'routes')?.used ?? 0;
  }

  async close(): Promise<void> {
    await this.dns.stop();
    await this.store.close();
  }
}
