/** The idempotency key of a saga's step. */
import { idempotencyKey } from '../ids.ts';

/**
 * `<engagementId>-<step>-<n>`; where a saga runs for several legal entities, the entity's position follows the number,
 * so that keys keep to 64 characters whatever entities are called.
 */
export function stepKey(
  engagementId: string,
  step: string,
  sagaNumber: number,
  legalEntityId: string | null,
  legalEntityIds: readonly string[],
): string {
  const position = legalEntityId === null ? '' : `e${String(legalEntityIds.indexOf(legalEntityId))}`;
  return idempotencyKey(engagementId, `${step}${position}`, sagaNumber);
}
