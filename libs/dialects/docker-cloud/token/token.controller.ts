import { Body, Controller, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { JoinTokenService } from '#libs/core/identity/join-token.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { invalid } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { DockerCloudOptions } from '../docker-cloud.options.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import type { WireReply } from '../wire/answer.js';
import { wireDate } from '../wire/date.translate.js';
import { readReference } from '../wire/resource-uri.translate.js';
import { tokenWire, type TokenWish } from './token.wire.js';

const lifetimeSeconds = 3_600;

/** The call behind the command line's `node byo`; no document has it. Each token makes one host a node. */
@Controller(['api/infra/v1/token', 'api/infra/v1/:namespace/token'])
@UseGuards(MediaTypeGuard)
export class TokenController {
  constructor(
    @Inject(JoinTokenService) private readonly tokens: JoinTokenService,
    @Inject(DockerCloudOptions) private readonly options: DockerCloudOptions,
  ) {}

  @Post()
  @Allow('join-token', 'create')
  async create(
    @Context() context: RequestContext,
    @Body({ schema: tokenWire }) body: TokenWish,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const cluster = body?.node_cluster ?? null;
    const nodeClusterId = cluster === null ? null : readReference('nodecluster', cluster);
    if (cluster !== null && !nodeClusterId) {
      throw invalid('node_cluster', `node_cluster: "${cluster}" is not the address of a node cluster.`);
    }
    const wish = { nodeClusterId, tags: body?.tags ?? [], lifetimeSeconds };
    const { token, text } = await this.tokens.create(context, wish);
    const { publicUrl } = this.options;
    reply.status(201);
    return {
      command: publicUrl === null ? null : `curl -fsSL ${publicUrl}/agent/install.sh | sudo sh -s -- ${text}`,
      expires_datetime: wireDate(token.expiresAt),
      token: text,
    };
  }
}
