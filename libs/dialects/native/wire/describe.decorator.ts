import { applyDecorators, HttpCode } from '@nestjs/common';
import type { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { Described } from '../docs/described.decorator.js';

type ResponseSchema = NonNullable<Extract<Parameters<typeof ApiResponse>[0], { schema?: unknown }>['schema']>;

/** The formats say it; what they are checked with is of no use to a reader. */
const describe = (answer: z.ZodType): ResponseSchema =>
  z.toJSONSchema(answer, {
    target: 'openapi-3.0',
    io: 'output',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  }) as ResponseSchema;

/** A handler's line in the documentation, its status, and the shape of its answer (none: no body). */
export function Describe(summary: string, status: 200 | 201 | 202 | 204, answer?: z.ZodType): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    Described(({ ApiOperation, ApiResponse }) => [
      ApiOperation({ summary }),
      ApiResponse({ status, description: summary, ...(answer ? { schema: describe(answer) } : {}) }),
    ]),
  );
}
