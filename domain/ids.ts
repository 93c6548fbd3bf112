/**
 * Identifiers and keys. Ours are prefixed (`eng_...`, `inv_...`), minted outside the domain; keys towards outside
 * systems are built here, because every system accepts only what all of them accept (decisions.md 6).
 */
import { DomainError } from './errors.ts';

const KEY_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** An id in another system. */
export interface ExternalRef {
  connectionId: string;
  type: string;
  id: string;
}

/**
 * The idempotency key of one outside write: `<engagementId>-<step>-<n>`.
 * @throws KEY_INVALID when the parts do not make a key of at most 64 characters from [A-Za-z0-9_-]
 */
export function idempotencyKey(engagementId: string, step: string, n: number): string {
  const key = `${engagementId}-${step}-${String(n)}`;
  if (!KEY_PATTERN.test(key))
    throw new DomainError('KEY_INVALID', `"${key}" is not usable as an idempotency key`, { key });
  return key;
}

/** The workflow id of the engagement that a deal opens. */
export function engagementWorkflowId(connectionId: string, originDealId: string): string {
  return `engagement:${connectionId}:${originDealId}`;
}
