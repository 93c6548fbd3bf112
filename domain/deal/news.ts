/**
 * What a deal's record says that was not known before. A notice of a CRM is only a hint (decisions.md 8): two readings
 * of the record decide what happened. Our own write-backs make a new version of the deal, and are no news: the fields
 * that we write are not part of what is compared.
 */
import { stampOf } from '../versions.ts';
import type { Deal } from './deal.ts';

/** A deal's record as it was read; `terms` and `customer` are hashes of what it says. */
export interface DealReading {
  version: string;
  stage: Deal['stage'];
  /** Everything that the deal itself says: amounts, dates, lines, roles, milestones. */
  terms: string;
  /** What the record of its customer says, which many deals share. */
  customer: string;
}

/** What happened to a deal. `customerChanged`: the record of its customer alone. */
export type DealNews = 'won' | 'changed' | 'customerChanged' | 'reopened' | 'lost';

/**
 * What `now` says that `known` did not, or null: nothing, or a record older than the known one. Reopened means open
 * after it was won; what changes in a deal that is not won is no news yet. Of a deal that nobody has read, its stage is
 * the news.
 */
export function newsOf(known: DealReading | null, now: DealReading): DealNews | null {
  if (known === null) return now.stage === 'open' ? 'reopened' : now.stage;
  if (now.version < stampOf(known.version)) return null;
  if (now.stage !== known.stage) {
    if (now.stage !== 'open') return now.stage;
    return known.stage === 'won' ? 'reopened' : null;
  }
  if (now.stage !== 'won') return null;
  if (now.terms !== known.terms) return 'changed';
  return now.customer === known.customer ? null : 'customerChanged';
}

/**
 * Whether news of a won deal let an engagement begin anew that ended as cancelled: refused, cancelled by a person, or
 * lost. A customer's record changes for many reasons; it counts only where the deal never became a contract, because
 * then it may be what was missing (decisions.md 7).
 */
export function beginsAnew(news: DealNews, ended: { hadContract: boolean }): boolean {
  return news === 'won' || news === 'changed' || (news === 'customerChanged' && !ended.hadContract);
}
