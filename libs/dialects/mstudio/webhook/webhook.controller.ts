import { Controller, Get, HttpCode, Inject, Param, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import { TriggerCalls } from '#libs/core/trigger/trigger.calls.js';
import { DomainError } from '#libs/domain/error.js';
import { Public } from '../../kit/access/allow.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { requestOrigin } from '../../kit/access/request-origin.js';
import { IdPipe } from '../wire/id.pipe.js';
import { webhookQuery } from './webhook.wire.js';

/** Called by whoever pushed an image; the token says for which service. */
@Controller('v2/stacks/:stack/webhooks/pull-image')
export class WebhookController {
  constructor(@Inject(TriggerCalls) private readonly calls: TriggerCalls) {}

  @Get()
  @Public()
  @HttpCode(204)
  async call(
    @Param('stack', IdPipe) stackId: string,
    @Query({ schema: webhookQuery }) { token: secret }: z.output<typeof webhookQuery>,
    @Req() request: HttpRequest,
  ): Promise<void> {
    const address = { namespace: null, serviceId: null, stackId, operation: 'pull' as const, secret };
    const origin = requestOrigin(request);
    try {
      await this.calls.bySecret(address, { count: 1, environment: [] }, origin, () => origin.path);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not-found') {
        throw new DomainError('unauthenticated', 'This token fits no service of the stack.');
      }
      throw error;
    }
  }
}
