import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Log } from '#libs/platform/log.js';
import type { HttpRequest } from '../access/http-request.js';
import { refusalHeaders, type DialectErrors } from './dialect-errors.js';
import { refusalFrom } from './refusal.js';

interface Reply {
  sent: boolean;
  raw: { headersSent: boolean; destroy(): void };
  status(code: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: unknown): unknown;
}

/** Global: whatever fails, wherever, is answered in the words of the dialect whose path was asked. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  private readonly byPrefix: { prefix: string; dialect: DialectErrors }[];

  constructor(
    dialects: readonly DialectErrors[],
    private readonly fallback: DialectErrors,
    private readonly log: Log,
  ) {
    this.byPrefix = dialects
      .flatMap((dialect) => dialect.prefixes.map((prefix) => ({ prefix, dialect })))
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<Reply>();
    const refusal = refusalFrom(error, this.log, request);
    // A stream that has begun cannot change its status any more; it can only end early.
    if (reply.sent || reply.raw.headersSent) return reply.raw.destroy();
    const { status, headers, body } = this.dialectOf(request.url).answer(refusal, request.pierheadAllowance);
    reply
      .status(status)
      .headers({ ...refusalHeaders(refusal), ...headers })
      .send(body);
  }

  private dialectOf(url: string): DialectErrors {
    return this.byPrefix.find(({ prefix }) => url.startsWith(prefix))?.dialect ?? this.fallback;
  }
}
