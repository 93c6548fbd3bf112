// A chain of credits of any size and order exhausts an invoice exactly: every line, every tax and the total, and in the
// books the receivable, the tax and the balances of the lines. From the invoice that production builds, under each
// policy of tax and rounding and in currencies with no, two and three minor digits.
import fc from 'fast-check';
import { buildInvoice, type InvoiceDraft } from '../../../domain/billing/build-invoice.ts';
import type { LegalEntity, RoundingPolicy } from '../../../domain/configuration.ts';
import type { ContractCustomer } from '../../../domain/deal/contract.ts';
import { identityHolds, openingBalance } from '../../../domain/ledger/balances.ts';
import { invoicePostings } from '../../../domain/ledger/invoice-posting.ts';
import type { JournalDraft } from '../../../domain/ledger/journal.ts';
import { creditMemoPosting } from '../../../domain/ledger/postings.ts';
import { type Money, money, sumMoney, zero } from '../../../domain/money/money.ts';
import {
  type CreditableInvoice,
  creditBalance,
  creditInvoice,
  type CreditNote,
  type CreditRequest,
} from '../../../domain/tax/credit-note.ts';
import { code } from '../money/domain-error.ts';

const CUSTOMER = { customerKey: 'c', name: 'Acme', taxProfile: 'standard', paymentTermsDays: 30 } as ContractCustomer;
const LINES = ['a', 'b'] as const;
const RUNS = { numRuns: 60 };

const policies = fc.record({
  mode: fc.constantFrom<RoundingPolicy['mode'][]>('half-away-from-zero', 'half-even'),
  tax: fc.constantFrom<RoundingPolicy['tax'][]>('per-rate', 'per-line'),
  taxMode: fc.constantFrom<NonNullable<RoundingPolicy['taxMode']>[]>('half-away-from-zero', 'half-even', 'down', 'up'),
});
const taxes = fc.record({ ratePercent: fc.constantFrom('0', '5.5', '7', '20', '21'), reverseCharge: fc.boolean() });
const currencies = fc.constantFrom('GBP', 'JPY', 'KWD');
const amounts = fc.array(fc.tuple(fc.constantFrom(...LINES), fc.integer({ min: 1, max: 500_000 })), {
  minLength: 1,
  maxLength: 6,
});
const asked = fc.record({
  kind: fc.constantFrom('amount' as const, 'share' as const, 'spread' as const),
  at: fc.nat(9),
  part: fc.integer({ min: 1, max: 7 }),
});

const invoices = fc.tuple(policies, taxes, currencies, amounts).map(([rounding, tax, currency, all]) => {
  const legalEntity = { legalEntityId: 'TL', taxProfiles: { standard: { code: 'S', ...tax } }, rounding };
  const lines = all.map(([contractLineId, minor], index) => ({
    ...{ contractLineId, name: 'Work', charges: [], periods: [] },
    milestones: [{ milestoneId: `m${String(index)}`, name: 'M', amount: money(minor, currency), dueOn: '2026-01-31' }],
  }));
  return buildInvoice({
    ...{ legalEntity: legalEntity as unknown as LegalEntity, customer: CUSTOMER, currency },
    ...{ invoiceOn: '2026-02-01', lines },
  });
});

function creditable(draft: InvoiceDraft): CreditableInvoice {
  return { ...draft, invoiceId: 'i', issuedOn: draft.invoiceOn };
}

function requestOf(
  invoice: CreditableInvoice,
  credits: readonly CreditNote[],
  { kind, at, part }: { kind: 'amount' | 'share' | 'spread'; at: number; part: number },
): CreditRequest {
  const { lines } = creditBalance(invoice, credits);
  const line = lines[at % lines.length];
  const partOf = ({ amountMinor, currency }: Money) => money(Math.floor(amountMinor / part), currency);
  const lineNo = line?.lineNo ?? 1;
  if (kind === 'share') {
    return { kind: 'lines', lines: [{ lineNo, share: { numerator: '1', denominator: String(part) } }] };
  }
  if (kind === 'amount' && line) return { kind: 'lines', lines: [{ lineNo, amount: partOf(line.left) }] };
  const currency = line?.left.currency ?? '';
  const whole = sumMoney(
    lines.map(({ left }) => left),
    currency,
  );
  return { kind: 'amount', amount: partOf(whole) };
}

/** The credits that were possible, and at the end the rest. */
function chainOf(draft: InvoiceDraft, requests: readonly Parameters<typeof requestOf>[2][]): CreditNote[] {
  const invoice = creditable(draft);
  const credits: CreditNote[] = [];
  for (const one of requests) {
    const request = requestOf(invoice, credits, one);
    const refused = code(() => credits.push(creditInvoice(invoice, credits, request, 'half-away-from-zero')));
    expect(['nothing refused', 'CREDIT_EMPTY', 'CREDIT_EXCEEDS_INVOICE']).toContain(refused);
  }
  const isOpen = creditBalance(invoice, credits).lines.some(({ left }) => left.amountMinor !== 0);
  if (isOpen) credits.push(creditInvoice(invoice, credits, { kind: 'rest' }, 'half-away-from-zero'));
  return credits;
}

test('the credits of a chain sum to the invoice: by line, by tax code, and in all', () => {
  fc.assert(
    fc.property(invoices, fc.array(asked, { maxLength: 7 }), (draft, requests) => {
      const credits = chainOf(draft, requests);
      const sum = (pick: (credit: CreditNote) => Money) => sumMoney(credits.map(pick), draft.currency);
      expect([sum(({ net }) => net), sum(({ tax }) => tax), sum(({ total }) => total)]).toEqual([
        draft.net,
        draft.tax,
        draft.total,
      ]);
      const balance = creditBalance(creditable(draft), credits);
      for (const { left } of balance.lines) expect(left).toEqual(zero(draft.currency));
      for (const { base, tax } of balance.taxes) expect([base, tax]).toEqual([zero(base.currency), zero(tax.currency)]);
      for (const { net, tax, total } of credits) {
        expect(sumMoney([net, tax], draft.currency)).toEqual(total);
        expect(Math.min(net.amountMinor, tax.amountMinor)).toBeGreaterThanOrEqual(0);
      }
    }),
    RUNS,
  );
});

test('of an exhausted invoice nothing more can be credited, not a single minor unit', () => {
  fc.assert(
    fc.property(invoices, fc.array(asked, { maxLength: 4 }), fc.nat(5), (draft, requests, at) => {
      const credits = chainOf(draft, requests);
      const more = (request: CreditRequest) =>
        code(() => creditInvoice(creditable(draft), credits, request, 'half-even'));
      const unit = money(1, draft.currency);
      expect(more({ kind: 'rest' })).toBe('CREDIT_EMPTY');
      expect(more({ kind: 'amount', amount: unit })).toBe('CREDIT_EXCEEDS_INVOICE');
      const lineNo = (at % draft.lines.length) + 1;
      expect(more({ kind: 'lines', lines: [{ lineNo, amount: unit }] })).toBe('CREDIT_EXCEEDS_INVOICE');
    }),
    RUNS,
  );
});

test('in the books a chain of credit memos leaves what the invoice found: no receivable, no tax, the same balances', () => {
  fc.assert(
    fc.property(invoices, fc.array(asked, { maxLength: 6 }), (draft, requests) => {
      const before = LINES.map((id) => openingBalance(id, 'fixed-fee', draft.currency));
      const posted = invoicePostings({ ...draft, invoiceId: 'i' }, before);
      const journals: JournalDraft[] = [posted.journal];
      let { balances } = posted;
      for (const credit of chainOf(draft, requests)) {
        const lines = LINES.map((contractLineId) => {
          const numbers = draft.lines
            .filter((one) => one.contractLineId === contractLineId)
            .map(({ lineNo }) => lineNo);
          const nets = credit.lines.filter(({ lineNo }) => numbers.includes(lineNo)).map(({ net }) => net);
          return { contractLineId, net: sumMoney(nets, draft.currency), ofRevenue: zero(draft.currency) };
        });
        const of = { legalEntityId: 'TL', postedOn: '2026-02-10', sourceId: 'c' };
        const memo = creditMemoPosting(of, { lines, tax: credit.tax }, balances);
        ({ balances } = memo);
        expect(balances.every(identityHolds)).toBe(true);
        journals.push(memo.journal);
      }
      expect(balances).toEqual(before);
      const all = journals.flatMap(({ lines }) => lines);
      for (const role of new Set(all.map(({ accountRole }) => accountRole))) {
        const own = all.filter(({ accountRole }) => accountRole === role);
        const signed = own.map(({ side, amount }) => (side === 'debit' ? amount.amountMinor : -amount.amountMinor));
        expect(signed.reduce((a, b) => a + b, 0)).toBe(0);
      }
    }),
    RUNS,
  );
});

test('shares that come to the whole of a line take its rest, so that nothing is left for a last credit', () => {
  fc.assert(
    fc.property(invoices, fc.integer({ min: 2, max: 12 }), fc.nat(5), (draft, parts, at) => {
      const lineNo = (at % draft.lines.length) + 1;
      const share = { numerator: '1', denominator: String(parts) };
      const credits: CreditNote[] = [];
      for (let part = 0; part < parts; part += 1) {
        const request = { kind: 'lines', lines: [{ lineNo, share }] } as const;
        const refused = code(() => credits.push(creditInvoice(creditable(draft), credits, request, 'half-even')));
        // Of a line of a few units a share may round to nothing.
        expect(['nothing refused', 'CREDIT_EMPTY']).toContain(refused);
      }
      const { lines } = creditBalance(creditable(draft), credits);
      const isSmall = (draft.lines[lineNo - 1]?.amount.amountMinor ?? 0) < parts;
      if (!isSmall) expect(lines[lineNo - 1]?.left).toEqual(zero(draft.currency));
    }),
    RUNS,
  );
});
