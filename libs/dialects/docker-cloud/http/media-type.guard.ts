import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '#libs/domain/error.js';
import type { HttpRequest } from '../../kit/access/http-request.js';

const text = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(',') : (header ?? '');

/** Both ways JSON and nothing else; runs after the credential was found good. */
@Injectable()
export class MediaTypeGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const { headers, body } = execution.switchToHttp().getRequest<HttpRequest & { body?: unknown }>();
    const accept = text(headers.accept);
    if (accept !== '' && !takesJson(accept)) {
      throw new DomainError('unsupported-media', 'Answers are JSON; send Accept: application/json.');
    }
    const type = text(headers['content-type']);
    if (body !== undefined && body !== null && type !== '' && !/^application\/json\s*(?:;|$)/i.test(type)) {
      throw new DomainError('unsupported-media', 'Bodies are JSON; send Content-Type: application/json.');
    }
    return true;
  }
}

const takesJson = (accept: string): boolean =>
  accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return !refused && (type === '*/*' || type === 'application/*' || type === 'application/json');
  });
