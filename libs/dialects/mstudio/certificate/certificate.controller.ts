import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import type { CertificateRecord } from '#libs/core/certificate/certificate.repository.port.js';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import { RouteSites } from '#libs/core/route/route.sites.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Clock } from '#libs/platform/clock.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { LocatedBy, Tenant } from '../../kit/access/tenant.decorator.js';
import { tenantInBody, tenantInQuery } from '../ingress/ingress.translate.js';
import { IdPipe } from '../wire/id.pipe.js';
import { readNew, readReplacement, toCertificate, toMade, toRequest } from './certificate.translate.js';
import {
  certificateListQuery,
  newCertificateWire,
  replacementWire,
  type CertificateListQuery,
  type NewCertificateWire,
  type ReplacementWire,
} from './certificate.wire.js';

const most = 1_000;

@Controller('v2')
export class CertificateController {
  constructor(
    @Inject(CertificateService) private readonly certificates: CertificateService,
    @Inject(RouteSites) private readonly sites: RouteSites,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get('certificates')
  @Allow('certificate', 'read')
  @Tenant(tenantInQuery)
  async list(
    @Context() context: RequestContext,
    @Reach() reach: RequestContext[],
    @Query({ schema: certificateListQuery }) query: CertificateListQuery,
  ) {
    const found = await this.found(context, reach, query);
    return found.filter(({ chainPem }) => chainPem !== null).map((each) => toCertificate(each, this.clock.now()));
  }

  @Get('certificate-requests')
  @Allow('certificate', 'read')
  @Tenant(tenantInQuery)
  async requests(
    @Context() context: RequestContext,
    @Reach() reach: RequestContext[],
    @Query({ schema: certificateListQuery }) query: CertificateListQuery,
  ) {
    return (await this.found(context, reach, query)).map(toRequest);
  }

  @Post('certificate-requests')
  @Allow('certificate', 'create')
  @Tenant(tenantInBody)
  async upload(@Context() context: RequestContext, @Body({ schema: newCertificateWire }) body: NewCertificateWire) {
    return toMade((await this.certificates.upload(context, readNew(body))).certificate);
  }

  private async found(
    context: RequestContext,
    reach: RequestContext[],
    { projectId, ingressId }: CertificateListQuery,
  ): Promise<CertificateRecord[]> {
    const contexts = projectId ? [context] : reach;
    const pages = await Promise.all(contexts.map((each) => this.certificates.list(each, most, 0)));
    const rows = pages.flatMap((page) => page.rows);
    if (ingressId === undefined) return rows;
    const sites = (await Promise.all(contexts.map((each) => this.sites.list(each)))).flat();
    const site = sites.find(({ routes }) => routes.some(({ id }) => id === ingressId.toLowerCase()));
    const ids = [site?.chosen?.id, site?.shown?.id, site?.requested?.id];
    return rows.filter(({ id }) => ids.includes(id));
  }
}

@Controller(['v2/certificates/:certificate', 'v2/certificate/:certificate'])
@LocatedBy('certificate', 'certificate')
export class OneCertificateController {
  constructor(
    @Inject(CertificateService) private readonly certificates: CertificateService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('certificate', 'read')
  async get(@Context() context: RequestContext, @Param('certificate', IdPipe) id: string) {
    return toCertificate(await this.certificates.get(context, id), this.clock.now());
  }

  @Put()
  @Allow('certificate', 'update')
  @HttpCode(204)
  async replace(
    @Context() context: RequestContext,
    @Param('certificate', IdPipe) id: string,
    @Body({ schema: replacementWire }) body: ReplacementWire,
  ): Promise<void> {
    await this.certificates.replace(context, id, readReplacement(body));
  }

  @Delete()
  @Allow('certificate', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('certificate', IdPipe) id: string): Promise<void> {
    await this.certificates.delete(context, id);
  }
}

@Controller(['v2/certificate-requests/:certificate', 'v2/certificate-request/:certificate'])
@LocatedBy('certificate', 'certificate')
export class CertificateRequestController {
  constructor(@Inject(CertificateService) private readonly certificates: CertificateService) {}

  @Get()
  @Allow('certificate', 'read')
  async get(@Context() context: RequestContext, @Param('certificate', IdPipe) id: string) {
    return toRequest(await this.certificates.get(context, id));
  }

  @Delete()
  @Allow('certificate', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('certificate', IdPipe) id: string): Promise<void> {
    await this.certificates.delete(context, id);
  }
}
