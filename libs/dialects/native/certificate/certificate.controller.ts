import { Body, Controller, Delete, Get, Inject, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { certificateAnswer, certificatePairBody, newCertificateBody, toCertificate } from './certificate.wire.js';

@Chapter('certificates')
@Controller(['api/v1/certificates', 'api/v1/projects/:project/certificates'])
export class CertificateController {
  constructor(@Inject(CertificateService) private readonly certificates: CertificateService) {}

  @Allow('certificate', 'read')
  @Get()
  @Describe('Lists the project’s certificates.', 200, pageOf(certificateAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.certificates.list(context, query.limit, query.offset), query, toCertificate);
  }

  @Allow('certificate', 'read')
  @Get(':id')
  @Describe('One certificate, without its key.', 200, certificateAnswer)
  async get(@Context() context: RequestContext, @IdParam('certificate') id: string) {
    return toCertificate(await this.certificates.get(context, id));
  }

  @Allow('certificate', 'create')
  @Post()
  @Describe(
    'Takes a chain and its key, or asks for a certificate of the named hosts, which is issued in the background.',
    201,
    certificateAnswer,
  )
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newCertificateBody }) body: z.output<typeof newCertificateBody>,
  ) {
    const { certificate } =
      'names' in body
        ? await this.certificates.request(context, body.names)
        : await this.certificates.upload(context, body);
    return toCertificate(certificate);
  }

  @Allow('certificate', 'update')
  @Put(':id')
  @Describe('Replaces an uploaded chain and key; edges change over without a pause.', 200, certificateAnswer)
  async replace(
    @Context() context: RequestContext,
    @IdParam('certificate') id: string,
    @Body({ schema: certificatePairBody }) body: z.output<typeof certificatePairBody>,
  ) {
    return toCertificate((await this.certificates.replace(context, id, body)).certificate);
  }

  @Allow('certificate', 'update')
  @Post(':id/renew')
  @Describe('Has it issued or renewed now rather than when it is due.', 200, certificateAnswer)
  async renew(@Context() context: RequestContext, @IdParam('certificate') id: string) {
    return toCertificate((await this.certificates.renew(context, id)).certificate);
  }

  @Allow('certificate', 'delete')
  @Delete(':id')
  @Describe('Deletes a certificate that no route names.', 204)
  async delete(@Context() context: RequestContext, @IdParam('certificate') id: string): Promise<void> {
    await this.certificates.delete(context, id);
  }
}
