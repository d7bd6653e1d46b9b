import { Injectable, type PipeTransform } from '@nestjs/common';
import { notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';

/** An id of a path. What cannot be one names nothing. */
@Injectable()
export class IdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    const id = typeof value === 'string' ? value.toLowerCase() : '';
    if (!isId(id)) throw notFound('resource');
    return id;
  }
}
