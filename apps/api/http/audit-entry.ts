/** The audit row of a command (decisions.md 24): who asked for what, about which object, and how it ended. */
import type { AuditEntry } from '../../../persistence/repositories/audit.ts';
import type { OperationOptions } from './operation.ts';
import type { Problem } from './problem.ts';
import type { ApiRequest } from './request.ts';

/** Ids from a request may be anything; the trail keeps this much of them. */
const ID_LENGTH_MAX = 200;

function memberOf(request: ApiRequest, member: string): string | undefined {
  const body =
    typeof request.body === 'object' && request.body !== null ? (request.body as Record<string, unknown>) : {};
  const value = request.params?.[member] ?? body[member];
  return typeof value === 'string' ? value.slice(0, ID_LENGTH_MAX) : undefined;
}

/** The row of a command that was refused with `problem`, or accepted where there is none. */
export function auditEntry(
  request: ApiRequest,
  { action, object: [objectType, member] }: NonNullable<OperationOptions['command']>,
  problem?: Problem,
  answer?: unknown,
): AuditEntry {
  const { actor, correlationId } = request.caller;
  const reason = memberOf(request, 'reason') ?? null;
  return {
    actor,
    action,
    objectType,
    objectId: memberOf(request, member) ?? 'unknown',
    engagementId: memberOf(request, 'engagementId') ?? engagementOf(answer) ?? null,
    outcome: problem ? 'refused' : 'accepted',
    before: null,
    after: {
      request: request.body ?? null,
      ...(problem ? { code: problem.code, detail: problem.message } : { answer }),
    },
    reason,
    correlationId,
  };
}

function engagementOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('engagementId' in answer)) return undefined;
  return typeof answer.engagementId === 'string' ? answer.engagementId : undefined;
}
