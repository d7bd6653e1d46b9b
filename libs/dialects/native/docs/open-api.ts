import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { errorCodes } from '#libs/domain/error.js';
import { NativeWorkloadModule } from '../native-workload.module.js';
import { NativeModule } from '../native.module.js';
import { describedApi } from './described.decorator.js';

const text = { type: 'string' };
const refused = {
  description: 'Refused; the code says why and the message says it in words.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['error'],
        properties: {
          error: {
            type: 'object',
            required: ['code', 'message'],
            properties: {
              code: { type: 'string', enum: [...errorCodes] },
              message: text,
              field: text,
              fields: {
                type: 'array',
                items: { type: 'object', required: ['field', 'message'], properties: { field: text, message: text } },
              },
              incidentId: text,
            },
          },
        },
      },
    },
  },
};

/** The management API's description, from the controllers and their schemas. */
export async function openApi(app: INestApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await describedApi();
  const description = new DocumentBuilder()
    .setTitle('Pierhead management API')
    .setDescription('Organizations, users, projects, keys, nodes, quotas and the audit trail.')
    .setVersion('1')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'User name and API key' })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Access token or API key' })
    .addSecurityRequirements('basic')
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, description, {
    include: [NativeModule, NativeWorkloadModule],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, { responses?: Record<string, unknown> }>)) {
      if (operation.responses) operation.responses['default'] = { $ref: '#/components/responses/Refused' };
    }
  }
  document.components = { ...document.components, responses: { Refused: refused } };
  return document;
}
