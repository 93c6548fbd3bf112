/**
 * One decorator for what a route is: its permission, what it is called in the audit trail, and its description in the
 * OpenAPI document. A route without it stops the start of the API, so that none can be forgotten.
 */
import 'reflect-metadata';
import { applyDecorators, RequestMethod, SetMetadata, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { ProblemView } from './problem.view.ts';

/** What a route is. */
export interface OperationOptions {
  /** Name in the OpenAPI document. */
  id: string;
  summary: string;
  permission: Permission;
  /** A command: carries an Idempotency-Key, is answered once, and leaves a row in the audit trail. */
  command?: {
    /** Name in the audit trail. */
    action: string;
    /** What the command is about: type, and the path parameter or body member that holds its id. */
    object: [type: string, member: string];
  };
  answers: Record<number, { type?: Type; description: string }>;
  problems: Record<number, string>;
}

const OPERATION = Symbol('operation');

/** Problems that every route can answer with, and every route with a token. */
const ALWAYS = { 400: 'REQUEST_MALFORMED or CORRELATION_ID_INVALID' };
const WITH_TOKEN = {
  401: 'UNAUTHENTICATED: no token, or one that is unknown, expired or revoked',
  403: 'FORBIDDEN: none of the roles has the permission',
};
const WITH_COMMAND = {
  400: 'VALIDATION, IDEMPOTENCY_KEY_MISSING or IDEMPOTENCY_KEY_INVALID',
  409: 'IDEMPOTENCY_KEY_RUNNING: the first request with this key still works',
  422: 'IDEMPOTENCY_KEY_REUSED: this key came with other content before',
  503: 'TEMPORAL_UNAVAILABLE or DATABASE_UNAVAILABLE: repeat with the same Idempotency-Key',
};

/** Says what a route is. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { id, summary, permission, command } = options;
  const withToken = permission !== 'anyone';
  const problems = [ALWAYS, ...(withToken ? [WITH_TOKEN] : []), ...(command ? [WITH_COMMAND] : []), options.problems];
  return applyDecorators(
    SetMetadata(OPERATION, options),
    ApiOperation({ operationId: id, summary, ...(withToken ? {} : { security: [] }) }),
    ApiExtension('x-permission', permission),
    ApiExtension('x-roles', [...PERMISSIONS[permission]]),
    ApiExtension('x-idempotent', command !== undefined),
    ...(command ? [ApiExtension('x-audit-action', command.action), idempotencyHeader] : []),
    ...(withToken ? [ApiBearerAuth('token')] : []),
    correlationHeader,
    ...Object.entries(options.answers).map(([status, answer]) => ApiResponse({ status: Number(status), ...answer })),
    ...mergedProblems(problems).map(([status, description]) => problemResponse(status, description)),
  );
}

const idempotencyHeader = ApiHeader({
  name: 'Idempotency-Key',
  required: true,
  description: 'Made by the caller, one per intended command; the same key again gets the first answer',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
});

const correlationHeader = ApiHeader({
  name: 'Throughline-Correlation-Id',
  required: false,
  description: 'Id of the business chain that the request belongs to; minted when absent',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
});

function mergedProblems(tables: Record<number, string>[]): [number, string][] {
  const merged = new Map<number, string>();
  for (const [status, text] of tables.flatMap((table) => Object.entries(table))) {
    const before = merged.get(Number(status));
    merged.set(Number(status), before === undefined ? text : `${before}. ${text}`);
  }
  return [...merged];
}

function problemResponse(status: number, description: string): MethodDecorator {
  const schema = { $ref: '#/components/schemas/ProblemView' };
  return ApiResponse({ status, description, content: { 'application/problem+json': { schema } } });
}

/** The schema of problems, which the document refers to by name. */
export const EXTRA_MODELS = [ProblemView];

/** What a handler is. */
export function operationOf(handler: object): OperationOptions | undefined {
  return Reflect.getMetadata(OPERATION, handler) as OperationOptions | undefined;
}

/** One route of a controller. */
export interface Route {
  method: string;
  path: string;
  operation: OperationOptions;
}

/**
 * All routes of the controllers.
 * @throws Error for a route without `@Operation`: it would have no permission
 */
export function routesOf(controllers: readonly Type[]): Route[] {
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    const base = (Reflect.getMetadata('path', controller) as string | undefined) ?? '/';
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function') return [];
      const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const operation = operationOf(handler);
      if (!operation) throw new Error(`${controller.name}.${name} is a route without @Operation: it has no permission`);
      const path = (Reflect.getMetadata('path', handler) as string | undefined) ?? '/';
      return [{ method: RequestMethod[method], path: joined(base, path), operation }];
    });
  });
}

function joined(...parts: string[]): string {
  const names = parts.flatMap((part) => part.split('/')).filter((name) => name !== '');
  return `/${names.join('/')}`;
}
