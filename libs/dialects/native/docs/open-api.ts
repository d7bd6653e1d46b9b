import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { NativeModule } from '../native.module.js';

/** The management API's description, from the controllers and their schemas. */
export function openApi(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Pierhead management API')
    .setDescription(
      'Organizations, users, projects, keys, nodes, quotas and the audit trail. Errors are ' +
        '`{"error": {"code", "message", "field?", "fields?", "incidentId?"}}`.',
    )
    .setVersion('1')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'User name and API key' })
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Access token or API key' })
    .addSecurityRequirements('basic')
    .addSecurityRequirements('bearer')
    .build();
  return SwaggerModule.createDocument(app, description, {
    include: [NativeModule],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
}

/** Readable at /docs, as JSON at /docs/openapi.json. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApi(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
