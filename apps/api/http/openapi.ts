/** The OpenAPI 3.1 document and its page. The schemas come from the classes that also check what comes in. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { EXTRA_MODELS } from './operation.ts';

const DESCRIPTION = [
  'Carries a closed deal to project, invoice and recognised revenue.',
  'Amounts are strings of minor units with a currency, dates are YYYY-MM-DD, instants are RFC 3339 in UTC.',
  'Unknown properties are refused. Errors are RFC 9457 problems.',
].join(' ');

/** The document of a running application. */
export function openApi(app: INestApplication, version: string): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Throughline')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addTag('engagements', 'Start, follow and steer engagements')
    .addTag('work', 'Approve time and expenses of systems that have no approval')
    .addTag('notices', 'Signed notices of connected systems')
    .addTag('board', 'Measures read from the books')
    .addTag('operation', 'Health and version')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Issued by npm run token' }, 'token')
    .build();
  const document = SwaggerModule.createDocument(app, base, { extraModels: EXTRA_MODELS });
  return inVersion31(document) as OpenAPIObject;
}

/** OpenAPI 3.1 is JSON Schema: "or null" is a type of its own, not a flag. */
function inVersion31(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inVersion31);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const members = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, inVersion31(member)]));
  if (nullable !== true) return nullable === undefined || nullable === false ? members : { nullable, ...members };
  if (typeof members.type === 'string') {
    const choices = Array.isArray(members.enum) ? { enum: [...(members.enum as unknown[]), null] } : {};
    return { ...members, type: [members.type, 'null'], ...choices };
  }
  const { description, ...schema } = members;
  return { ...(description === undefined ? {} : { description }), oneOf: [schema, { type: 'null' }] };
}

/** Serves the document at /openapi.json and the page at /docs; all its parts come from this server. */
export function serveDocument(app: INestApplication, version: string): void {
  SwaggerModule.setup('docs', app, () => openApi(app, version), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Throughline API',
  });
}
