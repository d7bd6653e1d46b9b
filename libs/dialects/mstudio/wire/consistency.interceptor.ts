import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { from, mergeMap, type Observable } from 'rxjs';
import { EventPositions } from '#libs/core/event/event-positions.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { WireReply } from './page.wire.js';
import { rateHeaders } from './rate.headers.js';

const waitHeader = 'if-event-reached';

/**
 * What goes with every call of this API: how many are left, where a write stands among all events (`etag`), and that
 * a read waits for such a place when it names one.
 */
@Injectable()
export class ConsistencyInterceptor implements NestInterceptor {
  constructor(@Inject(EventPositions) private readonly positions: EventPositions) {}

  async intercept(execution: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = execution.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<WireReply>();
    for (const [name, value] of Object.entries(rateHeaders(request.pierheadAllowance))) reply.header(name, value);
    if (request.method !== 'GET') return next.handle().pipe(mergeMap((body) => from(this.placed(reply, body))));
    // Nobody who is not known makes this process wait.
    const wanted = request.pierheadContext ? request.headers[waitHeader] : undefined;
    // Some clients send it in quotes, as tags of this kind stand in HTTP.
    if (typeof wanted === 'string') await this.positions.wait(wanted.replace(/^"(.*)"$/, '$1'), waitHeader);
    return next.handle();
  }

  private async placed(reply: WireReply, body: unknown): Promise<unknown> {
    reply.header('etag', await this.positions.now());
    return body;
  }
}
