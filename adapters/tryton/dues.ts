/**
 * What is still owed of an invoice. Tryton's own amount to pay leaves out what somebody only approved or submitted; so
 * it is added up here from the ledger: the lines that wait, less what paid a part of them, less payments that succeeded
 * and are not matched yet. Paid is only what Tryton's state says is paid. What a credit note took off is told apart
 * from money by the document that its line is of.
 */
import { compareDecimals, minus, negated, plus } from '../../domain/money/decimal.ts';
import { money } from '../../domain/money/money.ts';
import type { CallContext } from '../ports/context.ts';
import { creditedOf } from '../ports/credited.ts';
import type { ErpInvoiceState } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { toMinor } from './convert.ts';
import { refOf } from './values.ts';
import type { WireDue, WireInvoice, WirePayment } from './wire.ts';

/** The payment side of one invoice. */
export interface Due {
  unpaidMinor: number;
  creditedMinor: number;
  state: ErpInvoiceState;
  /** The date of the last money that came in for it. */
  paidOn: string | null;
  /** When any of this changed last, ISO with microseconds. */
  changedAt: string;
}

/** Of each of these invoices, by its id. */
export async function duesOf(
  books: Books,
  invoices: readonly WireInvoice[],
  context: CallContext,
): Promise<ReadonlyMap<string, Due>> {
  const { client } = books;
  const lines = await dueLines(
    books,
    ['id', 'in', refsOf(invoices.flatMap((each) => [...each.lines_to_pay, ...each.payment_lines]))],
    context,
  );
  const lineById = new Map(lines.map((line) => [line.id, line]));
  const settledBy = await dueLines(
    books,
    ['reconciliation', 'in', refsOf(lines.flatMap(({ reconciliation }) => reconciliation ?? []))],
    context,
  );
  const ofLines = [['line', 'in', invoices.flatMap((each) => each.lines_to_pay).map(refOf)]];
  const payments = await client.searchRead<WirePayment>(
    'account.payment',
    { domain: ofLines, fields: ['amount', 'date', 'state', 'line', 'write_date', 'create_date'] },
    {},
    context,
  );
  return new Map(
    invoices.map((invoice) => {
      const pick = (lineIds: readonly string[]) => lineIds.flatMap((id) => lineById.get(id) ?? []);
      const open = pick(invoice.lines_to_pay);
      const settlements = new Set(open.map(({ reconciliation }) => reconciliation));
      const own = payments.filter(({ line }) => line !== null && invoice.lines_to_pay.includes(line));
      return [
        invoice.id,
        dueOf(
          invoice,
          {
            open,
            partial: pick(invoice.payment_lines),
            settled: settledBy.filter(
              ({ id, reconciliation }) => settlements.has(reconciliation) && !invoice.lines_to_pay.includes(id),
            ),
            payments: own,
          },
          books,
        ),
      ];
    }),
  );
}

function refsOf(ids: readonly string[]): number[] {
  return [...new Set(ids)].map(refOf);
}

function dueLines({ client }: Books, clause: readonly unknown[], context: CallContext): Promise<WireDue[]> {
  const fields = [
    ...['debit', 'credit', 'amount_second_currency', 'second_currency.code', 'reconciliation', 'move.date'],
    ...['move.journal.type', 'move_origin'],
  ];
  return client.searchRead<WireDue>('account.move.line', { domain: [clause], fields }, {}, context);
}

interface Parts {
  open: WireDue[];
  partial: WireDue[];
  settled: WireDue[];
  payments: WirePayment[];
}

function dueOf(invoice: WireInvoice, { open, partial, settled, payments }: Parts, books: Books): Due {
  const currency = invoice['currency.'].code;
  const totalMinor = toMinor(invoice.total_amount, currency);
  const waiting = [...open, ...partial].filter(({ reconciliation }) => reconciliation === null);
  const unmatched = new Set(waiting.map(({ id }) => id));
  const received = payments.filter(({ state, line }) => state === 'succeeded' && unmatched.has(line ?? ''));
  const owed = waiting.reduce((sum, line) => plus(sum, amountOf(line, currency)), '0');
  const rest = received.reduce((sum, { amount }) => minus(sum, amount), owed);
  const isSettled = invoice.state === 'paid' || invoice.state === 'cancelled';
  const unpaidMinor = isSettled ? 0 : invoice.state === 'posted' ? toMinor(rest, currency) : totalMinor;
  // A line that pays a part is also one that settles, once the rest is there.
  const taken = [...new Map([...partial, ...settled].map((line) => [line.id, line])).values()];
  const credits = taken.map((line) => creditOf(line, currency)).reduce(plus, '0');
  const credited = creditedOf(money(invoice.state === 'cancelled' ? 0 : toMinor(credits, currency), currency), {
    ...{ total: money(totalMinor, currency), unpaid: money(unpaidMinor, currency) },
  });
  // The entry of a payment is dated when somebody clicked; the payment itself says when the money came.
  const booked = taken.filter((line) => !isOf('account.payment', line) && !isOfInvoice(line));
  const succeeded = payments.filter(({ state }) => state === 'succeeded').map(({ date }) => date);
  const dates = [...booked.map((line) => line['move.'].date), ...succeeded];
  const stamps = [invoice, ...payments].map((each) => each.write_date ?? each.create_date);
  return {
    unpaidMinor,
    creditedMinor: credited.amountMinor,
    state: stateOf(invoice.state, unpaidMinor, totalMinor, books),
    paidOn: dates.sort().at(-1) ?? null,
    changedAt: stamps.sort().at(-1) ?? invoice.create_date,
  };
}

/** In the invoice's currency, what it adds to the debt. */
function amountOf(line: WireDue, currency: string): string {
  const second = line['second_currency.'];
  if (second?.code === currency) return line.amount_second_currency ?? '0';
  return minus(line.debit, line.credit);
}

function isOf(model: string, { move_origin: origin }: WireDue): boolean {
  return origin?.startsWith(`${model},`) ?? false;
}

/** A line of a posted invoice or credit note. Tryton gives money that its "Pay" wizard books that origin as well. */
function isOfInvoice(line: WireDue): boolean {
  return isOf('account.invoice', line) && line['move.']['journal.'].type === 'revenue';
}

/** What a line takes off the debt as a credit note does, else 0: another invoice settled with it takes nothing off. */
function creditOf(line: WireDue, currency: string): string {
  const off = negated(amountOf(line, currency));
  return isOfInvoice(line) && compareDecimals(off, '0') > 0 ? off : '0';
}

function stateOf(state: string, unpaidMinor: number, totalMinor: number, { warn }: Books): ErpInvoiceState {
  if (state === 'paid') return 'paid';
  if (state === 'cancelled') return 'voided';
  if (!['draft', 'validated', 'posted'].includes(state)) {
    warn('Tryton invoice state is not known, taken as open', { state });
    return 'open';
  }
  return Math.abs(unpaidMinor) < Math.abs(totalMinor) ? 'part-paid' : 'open';
}
