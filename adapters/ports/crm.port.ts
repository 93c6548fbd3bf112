/**
 * What Throughline needs of a CRM: read a deal whole, and write back where it stands. The CRM owns opportunity and
 * commercial intent (R15); the only fields we write are our own.
 */
import type { Deal } from '../../domain/deal/deal.ts';
import type { CallContext } from './context.ts';

/** The fields of ours on a deal. Only those given are written; null clears. */
export interface DealWriteBack {
  engagementId?: string | null;
  stage?: string | null;
  projectRef?: string | null;
  contractRef?: string | null;
  /** Decimal amounts in the deal's currency. */
  billedAmount?: string | null;
  paidAmount?: string | null;
}

/** A CRM. All methods throw AdapterError. */
export interface CrmPort {
  /** The deal with customer, lines, roles and milestones, as it is now. @throws not_found */
  readDeal(dealId: string, context: CallContext): Promise<Deal>;
  /**
   * One page of the deals that changed since the watermark, oldest first, and the next watermark; ask again while
   * `more`. Deals that are not won are among them, whether they ever were or not: who knows them decides. Null takes the
   * starting point only: no deals, and the watermark of this moment.
   */
  changedDeals(
    since: string | null,
    context: CallContext,
  ): Promise<{
    deals: { dealId: string; version: string; accountId: string | null; isWon: boolean }[];
    watermark: string;
    more: boolean;
  }>;
  /** What our fields hold now, for undo. */
  readWriteBack(dealId: string, context: CallContext): Promise<DealWriteBack>;
  /** Makes our fields hold the given values: looks first, writes what differs, reads back. @throws differs */
  writeBack(dealId: string, fields: DealWriteBack, context: CallContext): Promise<void>;
}
