/**
 * From the rules' journals by account role to entries of our ledger, and back to balances per contract line. The ERP
 * books an invoice by itself, one account a line; where our rules settle another balance than that account, a
 * reclassification is written beside it, so that both ledgers say the same without splitting what the customer reads.
 */
import { invoicePostings } from '../../domain/ledger/invoice-posting.ts';
import { accountOf, type AccountRole, type LegalEntity } from '../../domain/configuration.ts';
import type { Contract, Pricing } from '../../domain/deal/contract.ts';
import { money, type Money, sumMoney } from '../../domain/money/money.ts';
import { type LineBalance, openingBalance } from '../../domain/ledger/balances.ts';
import type { JournalDraft, JournalLine as DraftLine } from '../../domain/ledger/journal.ts';
import { monthOf } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { Books } from '../../persistence/books.ts';
import type { StoredInvoice } from '../../persistence/repositories/invoices.ts';
import type { JournalEntry, JournalLine } from '../../persistence/repositories/journals.ts';

/** The account that an invoice line of a pricing model is posted to in the ERP. */
export function documentRole(model: Pricing['model']): AccountRole {
  return model === 'time-and-materials' ? 'unbilled-receivable' : 'contract-liability';
}

/**
 * The balances of all contract lines of an engagement, as booked: over all ledgers, or in that of one ERP. `beganWith`
 * is the ERP that the legal entity began with, whose journals of before do not name it.
 */
export async function balancesOf(
  books: Books,
  engagementId: string,
  contract: Contract,
  erp?: { connectionId: string; beganWith: string },
): Promise<LineBalance[]> {
  const booked = (await books.journals.balances(engagementId)).filter(({ erpConnectionId }) => {
    return !erp || (erpConnectionId ?? erp.beganWith) === erp.connectionId;
  });
  const billed = await books.invoices.billedByLine(engagementId, 'booked', erp?.connectionId);
  return contract.lines.map(({ lineId, value: { currency }, pricing }) => {
    const known = booked.filter((balance) => balance.contractLineId === lineId);
    const total = (minor: (balance: (typeof known)[number]) => number): Money =>
      sumMoney(
        known.map((balance) => money(minor(balance), currency)),
        currency,
      );
    return {
      ...openingBalance(lineId, pricing.model, currency),
      billed: money(billed.get(lineId) ?? 0, currency),
      recognised: total((balance) => balance.recognisedMinor),
      contractAsset: total((balance) => balance.contractAssetMinor),
      contractLiability: total((balance) => balance.contractLiabilityMinor),
      unbilledReceivable: total((balance) => balance.unbilledReceivableMinor),
    };
  });
}

/** A line of our ledger, with the account number that its role has on the posting date. @throws ACCOUNT_MISSING */
export function ledgerLine(line: DraftLine, legalEntity: LegalEntity, postedOn: PlainDate): JournalLine {
  const { accountRole, side, amount, contractLineId } = line;
  return {
    accountRole,
    account: accountOf(legalEntity, accountRole, postedOn),
    contractLineId,
    debitMinor: side === 'debit' ? amount.amountMinor : 0,
    creditMinor: side === 'credit' ? amount.amountMinor : 0,
  };
}

/**
 * The ledger entry of a journal in the ERP whose view of the legal entity is given (`inErp`). `erpId` is set where the
 * ERP has booked it by its own document.
 */
export function ledgerEntry(
  journal: JournalDraft,
  legalEntity: LegalEntity,
  of: {
    engagementId: string;
    sourceKind: JournalEntry['sourceKind'];
    sourceId: string;
    key: string;
    erpId: string | null;
  },
): JournalEntry {
  const { legalEntityId, currency, postedOn, memo } = journal;
  return {
    ...of,
    legalEntityId,
    erpConnectionId: legalEntity.erpConnectionId,
    erpEntityRef: legalEntity.erpEntityRef,
    book: of.erpId === null ? 'primary' : 'erp-document',
    month: monthOf(postedOn),
    postedOn,
    currency,
    memo,
    lines: journal.lines.map((line) => ledgerLine(line, legalEntity, postedOn)),
  };
}

/** What an issued invoice does to the ledger: the ERP's own document, and the reclassification where there is one. */
export function invoiceJournals(
  invoice: StoredInvoice,
  contract: Contract,
  balances: readonly LineBalance[],
): { document: JournalDraft; reclassification: JournalDraft | null } {
  const { journal } = invoicePostings({ ...invoice.document, invoiceId: invoice.invoiceId }, balances);
  const models = new Map(contract.lines.map((line) => [line.lineId, line.pricing.model]));
  const asPosted = (line: DraftLine): DraftLine => {
    const model = line.contractLineId === null ? undefined : models.get(line.contractLineId);
    return model === undefined ? line : { ...line, accountRole: documentRole(model) };
  };
  const moved = journal.lines.filter((line) => asPosted(line).accountRole !== line.accountRole);
  const lines = moved.flatMap((line): DraftLine[] => [{ ...asPosted(line), side: 'debit' }, line]);
  const memo = `Reclassification for invoice ${invoice.invoiceId}`;
  return {
    document: { ...journal, lines: journal.lines.map(asPosted) },
    reclassification: lines.length === 0 ? null : { ...journal, memo, lines },
  };
}
