/**
 * The only place where an error of an adapter or a rule becomes a Temporal failure: its type is the code, its kind
 * tells the engagement what it may conclude, and whether Temporal retries follows from the kind (architecture.md,
 * section 7).
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { AdapterError, type AdapterErrorKind } from '../adapters/ports/index.ts';
import { DomainError } from '../domain/errors.ts';
import type { CallResult } from '../domain/engagement/calls.ts';
import type { Failure } from '../domain/engagement/state.ts';

export { differencesOf } from '../adapters/ports/index.ts';

const KINDS: Readonly<Record<AdapterErrorKind, Failure['kind']>> = {
  unavailable: 'outage',
  throttled: 'outage',
  // Credentials are repaired by an administrator, and the step then goes on by itself.
  unauthorised: 'outage',
  timeout: 'unknown',
  rejected: 'refused',
  conflict: 'refused',
  not_found: 'refused',
  differs: 'refused',
  contract_broken: 'refused',
  unsupported: 'refused',
};

const CODES: Readonly<Record<AdapterErrorKind, string>> = {
  unavailable: 'UNAVAILABLE',
  throttled: 'RATE_LIMIT',
  unauthorised: 'UNAUTHORISED',
  timeout: 'TIMEOUT_UNKNOWN_OUTCOME',
  rejected: 'REJECTED',
  conflict: 'CONFLICT',
  not_found: 'NOT_FOUND',
  differs: 'VERIFY_FAILED',
  contract_broken: 'CONTRACT_BROKEN',
  unsupported: 'UNSUPPORTED',
};

/**
 * Runs an activity's body and translates what it throws. Errors that are neither of adapters nor of rules are bugs and
 * pass.
 */
export async function translated<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw failureFrom(error);
  }
}

/** As `translated`, for a call of a saga to an outside system: it also says when an earlier attempt had failed. */
export async function answered(body: () => Promise<CallResult>): Promise<CallResult> {
  // Temporal tries this call again: what the attempt before did is not known.
  const said = Context.current().info.attempt > 1 ? { repeated: true } : {};
  try {
    return { ...(await body()), ...said };
  } catch (error) {
    throw failureFrom(error, said);
  }
}

/** True when the system is away or limits us: another try later can help, and nobody has to change anything else. */
export function isAway(error: unknown): error is AdapterError {
  return error instanceof AdapterError && KINDS[error.kind] !== 'refused';
}

/** The Temporal failure of an error; an unknown error comes back unchanged. */
function failureFrom(error: unknown, said: { repeated?: boolean } = {}): unknown {
  if (error instanceof AdapterError) {
    const kind = KINDS[error.kind];
    return ApplicationFailure.create({
      type: CODES[error.kind],
      message: `${error.connectionId}, ${error.operation}: ${error.message}`,
      nonRetryable: kind === 'refused' || error.kind === 'unauthorised',
      details: [
        {
          kind,
          vendorCode: error.vendorCode ?? null,
          retryAfterMs: error.retryAfterMs ?? null,
          ...said,
        },
      ],
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
      cause: error,
    });
  }
  if (error instanceof DomainError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: true,
      details: [{ kind: 'refused', ...said }],
      cause: error,
    });
  }
  return error;
}

/** A read-back that does not show what was written: the outcome decides, not the transport (R85). */
export function assertReadBack(what: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new DomainError('VERIFY_FAILED', `${what} was written but reads back differently: ${differences.join('; ')}`, {
    differences: [...differences],
  });
}
