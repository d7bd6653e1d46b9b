import { All, Controller, Req, Res } from '@nestjs/common';
import { Public } from '../../kit/access/allow.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { WireReply } from '../wire/page.wire.js';
import { allowedAt, refusalAt } from './unserved.translate.js';

/** Takes what no other controller of the API takes, so that a refusal is one of this API and says why. */
@Controller()
export class UnservedController {
  @All('v2/*')
  @Public()
  refuse(@Req() request: HttpRequest, @Res({ passthrough: true }) reply: WireReply): never {
    const path = request.url.split('?', 1)[0] ?? '';
    const refusal = refusalAt(request.method, path);
    if (refusal.code === 'method-not-allowed') reply.header('allow', allowedAt(path).join(', '));
    throw refusal;
  }
}
