import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

type ResponseSchema = NonNullable<Extract<Parameters<typeof ApiResponse>[0], { schema?: unknown }>['schema']>;

/** A handler's line in the documentation, its status, and the shape of its answer (none: no body). */
export function Describe(summary: string, status: 200 | 201 | 204, answer?: z.ZodType): MethodDecorator {
  const schema = answer && (z.toJSONSchema(answer, { target: 'openapi-3.0', io: 'output' }) as ResponseSchema);
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...(schema ? { schema } : {}) }),
  );
}
