/**
 * What the API knows of a request beside its content: who asks, which business chain it belongs to, and which
 * repetition of a command it is. Narrow views of the server's own request and reply, so that nothing else depends on
 * the server.
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../../../domain/actor.ts';

/** Who asks, and in which chain. Handlers get it by `@Ask()`. */
export class Caller {
  actor: Actor;
  correlationId: string;
  /**
   * Derived from the Idempotency-Key and the content: the same command always has the same one. Empty outside commands.
   */
  commandId: string;
}

/** The part of a request that the API reads. */
export interface ApiRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  params: Record<string, string | undefined> | undefined;
  body: unknown;
  routeOptions: { url?: string | undefined };
  caller: Caller;
  /** What the log line of the request says beyond the standard fields. */
  remarks: Record<string, unknown>;
}

/** The part of a reply that the API writes. */
export interface ApiReply {
  statusCode: number;
  elapsedTime: number;
  header(name: string, value: string): ApiReply;
  status(code: number): ApiReply;
}

/** A nobody: what a request is before its token was looked up. */
export const ANONYMOUS: Actor = { subject: 'anonymous', roles: [], legalEntities: [] };

/** The caller of a request, as a handler's parameter. */
export const Ask = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<ApiRequest>().caller;
});

/** One value of a header; repeated headers count as absent. */
export function headerOf(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
