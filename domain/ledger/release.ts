/**
 * Which policy releases a journal. Inside policy a machine releases, and only a person approves (decisions.md 17): so
 * what has no policy here stays proposed.
 */
import { DomainError } from '../errors.ts';
import { lookup } from '../lookup.ts';

/** By what a journal comes from. A reversal has none: a person approves it. */
const RELEASE_POLICIES: Readonly<Record<string, string>> = {
  revenue: 'policy:revenue-run',
  cost: 'policy:cost-of-approved-time',
  reclass: 'policy:invoice-reclassification',
  // Booked by the ERP with its own document, which a person approved or a customer paid.
  invoice: 'policy:erp-document',
  payment: 'policy:erp-document',
};

/** The id of the policy that releases journals of a source, `policy:...`. @throws JOURNAL_NEEDS_APPROVAL */
export function releasingPolicy(sourceKind: string): string {
  const policyId = lookup(RELEASE_POLICIES, sourceKind);
  if (policyId !== undefined) return policyId;
  const message = `no policy releases a journal of kind ${sourceKind}: a person approves it`;
  throw new DomainError('JOURNAL_NEEDS_APPROVAL', message, { sourceKind });
}
