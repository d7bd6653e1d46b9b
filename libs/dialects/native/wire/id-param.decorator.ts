import { Param, type PipeTransform } from '@nestjs/common';
import { notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';

/** What is no id names nothing: it is answered as an absent one. */
class IdPipe implements PipeTransform<string, string> {
  constructor(private readonly what: string) {}

  transform(value: string): string {
    if (!isId(value)) throw notFound(this.what);
    return value;
  }
}

/** The path's `:id`, of the named kind of resource. */
export const IdParam = (what: string): ParameterDecorator => Param('id', new IdPipe(what));
