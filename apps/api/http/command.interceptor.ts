/**
 * What every command has in common: it runs once per Idempotency-Key, and its answer and its audit row are written
 * together. The command itself is safe to repeat (its id is derived from the key), so a crash between effect and answer
 * costs nothing: the caller repeats, the engagement answers as before, and the row is written then.
 */
import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Books } from '../../../persistence/books.ts';
import { hashOf } from '../../../persistence/canonical-json.ts';
import type { RequestKey } from '../../../persistence/repositories/idempotency.ts';
import { auditEntry } from './audit-entry.ts';
import { type OperationOptions, operationOf } from './operation.ts';
import { Problem, PROBLEM_TYPE, problemBody, problemOf } from './problem.ts';
import { type ApiReply, type ApiRequest, headerOf } from './request.ts';

/** What a command answers. */
export class Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly location: string | null;

  constructor(status: number, body: T, location: string | null = null) {
    this.status = status;
    this.body = body;
    this.location = location;
  }
}

/** An answer as it is kept for repetitions. */
interface Kept {
  content: unknown;
  location: string | null;
}

/** Refusals that a corrected request may follow under the same key: nothing was decided. */
const NOT_KEPT = [400, 408, 429];

@Injectable()
export class CommandInterceptor implements NestInterceptor {
  constructor(private readonly books: Books) {}

  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<unknown> {
    const command = operationOf(context.getHandler())?.command;
    if (!command) return next.handle();
    const http = context.switchToHttp();
    return from(this.once(http.getRequest<ApiRequest>(), http.getResponse<ApiReply>(), command, next));
  }

  private async once(
    request: ApiRequest,
    reply: ApiReply,
    command: NonNullable<OperationOptions['command']>,
    next: CallHandler<Answer>,
  ): Promise<unknown> {
    const key = keyOf(request);
    const fingerprint = hashOf({ params: request.params ?? {}, body: request.body ?? null });
    const admission = await this.books.idempotency.admit(key, fingerprint);
    switch (admission.outcome) {
      case 'replay':
        return replayed(reply, admission.status, admission.body as Kept);
      case 'running': {
        const detail = 'the first request with this Idempotency-Key still works: ask again';
        throw new Problem(409, 'IDEMPOTENCY_KEY_RUNNING', detail, { headers: { 'retry-after': '1' }, retryable: true });
      }
      case 'conflict':
        throw new Problem(422, 'IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key came with other content before');
      case 'first':
        request.caller.commandId = commandIdOf(key, fingerprint);
        return this.first(request, reply, command, next, key);
    }
  }

  private async first(
    request: ApiRequest,
    reply: ApiReply,
    command: NonNullable<OperationOptions['command']>,
    next: CallHandler<Answer>,
    key: RequestKey,
  ): Promise<unknown> {
    try {
      const { status, body, location } = await lastValueFrom(next.handle());
      await this.books.transaction(async (books) => {
        await books.audit.add(auditEntry(request, command, undefined, body));
        await books.idempotency.finish(key, status, { content: body, location } satisfies Kept);
      });
      return answered(reply, status, body, location);
    } catch (error) {
      await this.refused(request, command, key, problemOf(error));
      throw error;
    }
  }

  private async refused(
    request: ApiRequest,
    command: NonNullable<OperationOptions['command']>,
    key: RequestKey,
    problem: Problem,
  ): Promise<void> {
    if (problem.status >= 500) return this.books.idempotency.abandon(key);
    await this.books.transaction(async (books) => {
      await books.audit.add(auditEntry(request, command, problem));
      if (NOT_KEPT.includes(problem.status)) return books.idempotency.abandon(key);
      const content = problemBody(problem, request);
      await books.idempotency.finish(key, problem.status, { content, location: null } satisfies Kept);
    });
  }
}

/** @throws IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_INVALID */
function keyOf(request: ApiRequest): RequestKey {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined || key === '') {
    throw new Problem(400, 'IDEMPOTENCY_KEY_MISSING', 'a command needs the header Idempotency-Key');
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem(400, 'IDEMPOTENCY_KEY_INVALID', 'Idempotency-Key has 1 to 255 visible ASCII characters');
  }
  return { client: request.caller.actor.subject, method: request.method, route: request.routeOptions.url ?? '', key };
}

/** The same command of the same client always has the same id; other content under the same key has another. */
function commandIdOf({ client, method, route, key }: RequestKey, fingerprint: string): string {
  const hash = createHash('sha256').update(JSON.stringify([client, method, route, key, fingerprint]));
  return `cmd-${hash.digest('hex').slice(0, 40)}`;
}

function answered(reply: ApiReply, status: number, body: unknown, location: string | null): unknown {
  if (location !== null) reply.header('location', location);
  reply.status(status);
  return body;
}

function replayed(reply: ApiReply, status: number, kept: Kept): unknown {
  reply.header('idempotency-replayed', 'true');
  if (status >= 400) reply.header('content-type', PROBLEM_TYPE);
  return answered(reply, status, kept.content, kept.location);
}
