import { All, Controller, Req, Res } from '@nestjs/common';
import { Public } from '../../kit/access/allow.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { WireReply } from '../wire/answer.js';
import { allowedAt, refusalAt } from './unserved.translate.js';

/** Takes what no other controller of the API takes, so that a refusal is one of this API and says why. */
@Controller()
export class UnservedController {
  @All(['api/app/v1/*', 'api/infra/v1/*', 'api/audit/v1/*', 'api/repo/v1/*'])
  @Public()
  refuse(@Req() request: HttpRequest, @Res({ passthrough: true }) reply: WireReply): never {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = allowedAt(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    throw refusalAt(request.method, path);
  }
}
