import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { DomainError } from '#libs/domain/error.js';
import { requireWellFormed } from './well-formed.js';

type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] };

const pathOf = (issue: Issue): string =>
  (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');

/** All wrong fields at once; the first makes the sentence. */
export function invalidFields(issues: readonly Issue[]): DomainError {
  const fields = issues.map((issue) => ({ field: pathOf(issue), message: issue.message }));
  const first = fields[0] ?? { field: '', message: 'The request is not valid' };
  const sentence = first.field ? `${first.field}: ${first.message}` : first.message;
  return new DomainError('invalid', sentence.endsWith('.') ? sentence : `${sentence}.`, {
    ...(first.field ? { field: first.field } : {}),
    fields,
  });
}

/** Global: parameters declared with a zod schema (`@Body({ schema })`) reach the handler parsed, or not at all. */
@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: invalidFields });
  }

  override transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.type !== 'custom') requireWellFormed(value);
    return super.transform(value, metadata);
  }
}
