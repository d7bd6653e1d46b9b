import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { RouteSites } from '#libs/core/route/route.sites.js';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { DomainError } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { LocatedBy, Tenant } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import {
  readPaths,
  readTls,
  selectSites,
  tenantInBody,
  tenantInQuery,
  toIngress,
  toOwnership,
} from './ingress.translate.js';
import { PortBook } from './port-book.js';
import {
  ingressListQuery,
  newIngressWire,
  pathsWire,
  tlsWire,
  type IngressListQuery,
  type NewIngressWire,
  type PathWire,
  type TlsWire,
} from './ingress.wire.js';

/** An ingress is a host with paths, each of which is a route of the core. */
@Controller('v2')
export class IngressController {
  constructor(
    @Inject(RouteSites) private readonly sites: RouteSites,
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
  ) {}

  @Get('ingresses')
  @Allow('route', 'read')
  @Tenant(tenantInQuery)
  async list(
    @Context() context: RequestContext,
    @Reach() reach: RequestContext[],
    @Query({ schema: ingressListQuery }) query: IngressListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const contexts = query.projectId ? [context] : reach;
    return this.page(contexts, query, reply);
  }

  @Get('projects/:project/ingresses')
  @Allow('route', 'read')
  async ofProject(
    @Context() context: RequestContext,
    @Query({ schema: ingressListQuery }) query: IngressListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.page([context], query, reply);
  }

  @Post('ingresses')
  @Allow('route', 'create')
  @Tenant(tenantInBody)
  async create(@Context() context: RequestContext, @Body({ schema: newIngressWire }) body: NewIngressWire) {
    const book = new PortBook(await this.workload.stacks(context));
    const site = await this.sites.create(context, body.hostname, readPaths(body.paths, book));
    return { id: site.id, ownership: toOwnership(site) };
  }

  private async page(contexts: RequestContext[], query: IngressListQuery, reply: WireReply) {
    const sites = (await Promise.all(contexts.map((each) => this.sites.list(each)))).flat();
    const shown = writePage(reply, selectSites(sites, query), query);
    const routed = contexts.filter(({ projectId }) => shown.some((site) => site.projectId === projectId));
    const book = new PortBook((await Promise.all(routed.map((each) => this.workload.stacks(each)))).flat());
    return shown.map((site) => toIngress(site, book));
  }
}

@Controller('v2/ingresses/:ingress')
@LocatedBy('route', 'ingress')
export class OneIngressController {
  constructor(
    @Inject(RouteSites) private readonly sites: RouteSites,
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
  ) {}

  @Get()
  @Allow('route', 'read')
  async get(@Context() context: RequestContext, @Param('ingress', IdPipe) id: string) {
    const site = await this.sites.get(context, id);
    return toIngress(site, new PortBook(await this.workload.stacks(context)));
  }

  @Patch('paths')
  @Allow('route', 'update')
  @HttpCode(204)
  async setPaths(
    @Context() context: RequestContext,
    @Param('ingress', IdPipe) id: string,
    @Body({ schema: pathsWire }) body: PathWire[],
  ): Promise<void> {
    const book = new PortBook(await this.workload.stacks(context));
    await this.sites.setPaths(context, id, readPaths(body, book));
  }

  @Patch('tls')
  @Allow('route', 'update')
  async setTls(
    @Context() context: RequestContext,
    @Param('ingress', IdPipe) id: string,
    @Body({ schema: tlsWire }) body: TlsWire,
  ) {
    await this.sites.setCertificate(context, id, readTls(body));
    return {};
  }

  @Post('actions/request-acme-certificate-issuance')
  @Allow('certificate', 'create')
  @HttpCode(204)
  issue(@Context() context: RequestContext, @Param('ingress', IdPipe) id: string): Promise<void> {
    return this.sites.requestCertificate(context, id);
  }

  @Post('actions/verify-ownership')
  @Allow('domain', 'update')
  @HttpCode(200)
  async verify(@Context() context: RequestContext, @Param('ingress', IdPipe) id: string) {
    try {
      await this.sites.verify(context, id);
    } catch (error) {
      // What the proof lacks is what the caller has to put right.
      if (!(error instanceof DomainError) || error.code !== 'state') throw error;
      throw new DomainError('invalid', error.message, { field: 'hostname' });
    }
    return {};
  }

  @Delete()
  @Allow('route', 'delete')
  @HttpCode(204)
  remove(@Context() context: RequestContext, @Param('ingress', IdPipe) id: string): Promise<void> {
    return this.sites.delete(context, id);
  }
}
