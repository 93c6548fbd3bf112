/**
 * Journal entries of ours in Tryton: made balanced under our key, compared, posted. An entry with an account of expense
 * is one of cost and goes into that journal, every other is one of revenue. In another currency than the company's,
 * each side is translated once at Tryton's rate of the day and its lines share it, so that it balances in both.
 */
import { allocate } from '../../domain/money/allocate.ts';
import { dividedBy, times } from '../../domain/money/decimal.ts';
import { formatDecimal } from '../../domain/money/money.ts';
import { toMoney } from '../../domain/money/rounding.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { JournalOrder, JournalRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { toAmount, toMinor, totalMinor } from './convert.ts';
import type { AccountEntry, CompanyEntry } from './directory.ts';
import { assertPeriodOpen } from './documents.ts';
import { theOne } from './once.ts';
import { rateBetween } from './rates-and-periods.ts';
import { date, decimal, refOf } from './values.ts';
import type { WireMove, WireMoveLine, WireWrite } from './wire.ts';

const MODEL = 'account.move';
/** Codes of the journals that the set-up makes. */
const JOURNALS = { revenue: 'RREC', cost: 'PCST' } as const;

interface FoundMove {
  move: WireMove;
  record: JournalRecord;
  /** Account, debit, credit of each line, in order. */
  content: string[];
}

async function find(books: Books, key: string, context: CallContext): Promise<FoundMove | undefined> {
  const { client, connectionId } = books;
  const operation = `read ${MODEL}`;
  const reading = {
    domain: [['description', '=', key]],
    fields: ['state', 'date', 'company', 'company.currency.code', 'origin'],
  };
  type Row = WireMove & { origin: string | null; 'company.': { 'currency.': { code: string } } };
  const found = await client.searchRead<Row>(MODEL, reading, {}, context);
  // What finance reversed an entry with has its description, and the entry for its origin.
  const moves = found.filter(({ origin }) => origin?.startsWith(`${MODEL},`) !== true);
  const move = theOne({ connectionId, operation }, key, moves);
  if (move === undefined) return undefined;
  const fields = ['account', 'debit', 'credit', 'amount_second_currency', 'second_currency.code'];
  const ofMove = { domain: [['move', '=', refOf(move.id)]], fields };
  const lines = await client.searchRead<WireMoveLine & { account: string }>('account.move.line', ofMove, {}, context);
  return understand(connectionId, operation, () => {
    const currency = lines[0]?.['second_currency.']?.code ?? move['company.']['currency.'].code;
    const sides = lines.map((line) => ({ account: line.account, ...sidesOf(line, currency) }));
    const sum = (side: 'debit' | 'credit') =>
      totalMinor(
        sides.map((line) => line[side]),
        currency,
      );
    return {
      move,
      content: sides.map(({ account, debit, credit }) => [account, debit, credit].join(' ')).sort(),
      record: {
        ...{ journalId: move.id, currency, postedOn: move.date },
        ...{ debitMinor: sum('debit'), creditMinor: sum('credit') },
      },
    };
  });
}

/** In the entry's currency, minor units. */
function sidesOf(line: WireMoveLine, currency: string): { debit: number; credit: number } {
  if (line['second_currency.']?.code !== currency) {
    return { debit: toMinor(line.debit, currency), credit: toMinor(line.credit, currency) };
  }
  const amount = toMinor(line.amount_second_currency ?? '0', currency);
  return { debit: Math.max(amount, 0), credit: Math.max(-amount, 0) };
}

/** The entry under our key; one that was made and not posted is not an entry yet, so it has no place in the books. */
export async function findJournal(books: Books, key: string, context: CallContext): Promise<JournalRecord | undefined> {
  const found = await find(books, key, context);
  return found?.move.state === 'posted' ? found.record : undefined;
}

/** Creates the entry under the key and posts it; goes on with one of our content that was made and not posted. */
export async function createJournal(
  books: Books,
  key: string,
  order: JournalOrder,
  context: CallContext,
): Promise<JournalRecord> {
  const { client, connectionId, directory, writes } = books;
  const operation = `create ${MODEL}`;
  const company = await directory.company(order.erpEntityRef, context);
  const scope = { companyId: company.id };
  return writes.alone(`company ${company.id}`, context, async () => {
    const made = await confirmed<FoundMove | undefined>(
      { connectionId, operation },
      {
        look: () => find(books, key, context),
        missing: (seen) => (seen === undefined ? ['it is not found under its key'] : []),
        async write() {
          await assertPeriodOpen(books, company, order.postedOn, context);
          const values = await toWireMove(books, company, key, order, context);
          await writes.create({ connectionId, operation }, key, context, {
            look: (within) => find(books, key, within),
            send: (within) => client.create(MODEL, values, scope, within),
          });
        },
      },
    );
    if (made === undefined) throw new AdapterError('timeout', 'it is not found', { connectionId, operation });
    await assertContent(books, company, key, made, order, context);
    const posted = await confirmed<FoundMove | undefined>(
      { connectionId, operation: `post ${MODEL}` },
      {
        look: () => find(books, key, context),
        missing: (seen) => (seen?.move.state === 'posted' ? [] : ['it is not posted']),
        async write() {
          try {
            await client.press(MODEL, 'post', made.move.id, scope, context);
          } catch (error) {
            // Another attempt posted it: the state, which is read back, decides.
            const code = error instanceof AdapterError ? error.vendorCode : undefined;
            if (code !== 'BUTTON_NOT_OFFERED' && code !== 'POSTED') throw error;
          }
        },
      },
    );
    return posted?.record ?? made.record; // Nothing is missing: it is posted.
  });
}

async function assertContent(
  { connectionId, directory }: Books,
  company: CompanyEntry,
  key: string,
  { move, record, content }: FoundMove,
  order: JournalOrder,
  context: CallContext,
): Promise<void> {
  const wanted: string[] = [];
  for (const { account, debitMinor, creditMinor } of order.lines) {
    wanted.push([(await directory.account(company, account, context)).id, debitMinor, creditMinor].join(' '));
  }
  const there = [record.currency, record.postedOn, move.company, ...content].join(', ');
  const expected = [order.currency, order.postedOn, company.id, ...wanted.sort()].join(', ');
  if (there === expected) return;
  const message = `${key} is there with ${there} instead of ${expected} (account, debit, credit in minor units)`;
  throw new AdapterError('conflict', message, { connectionId, operation: `create ${MODEL}` });
}

async function toWireMove(
  books: Books,
  company: CompanyEntry,
  key: string,
  order: JournalOrder,
  context: CallContext,
): Promise<WireWrite<'account.move'>> {
  const { client, connectionId, directory } = books;
  const { currency, postedOn } = order;
  // Tryton would keep an entry that does not balance, and refuse only to post it.
  const [debit, credit] = (['debitMinor', 'creditMinor'] as const).map((side) => sumOf(order, side));
  if (debit !== credit) {
    const message = `${key} does not balance: debit ${String(debit)}, credit ${String(credit)} (minor units)`;
    throw new AdapterError('rejected', message, { connectionId, operation: `create ${MODEL}` });
  }
  const accounts: AccountEntry[] = [];
  for (const { account } of order.lines) accounts.push(await directory.account(company, account, context));
  const kind = accounts.some(({ isExpense }) => isExpense) ? 'cost' : 'revenue';
  const journal = await directory.journal(JOURNALS[kind], context);
  const domain = [
    ['company', '=', refOf(company.id)],
    ['type', '=', 'standard'],
    ['start_date', '<=', date(postedOn)],
    ['end_date', '>=', date(postedOn)],
  ];
  const [period] = await client.searchRead<{ id: string }>('account.period', { domain, fields: ['id'] }, {}, context);
  const isForeign = currency !== company.currency;
  const rate = isForeign ? await rateBetween(books, currency, company.currency, postedOn, context) : undefined;
  const second = isForeign ? refOf(await directory.currency(currency, context)) : undefined;
  return prepare(connectionId, `create ${MODEL}`, () => {
    const debits = translated(order, 'debitMinor', company.currency, rate);
    const credits = translated(order, 'creditMinor', company.currency, rate);
    const lines = order.lines.map(({ debitMinor, creditMinor, memo }, index) => ({
      account: refOf(accounts[index]?.id ?? ''),
      ...{ debit: decimal(debits[index] ?? '0'), credit: decimal(credits[index] ?? '0') },
      description: memo,
      ...(second === undefined
        ? {}
        : { second_currency: second, amount_second_currency: toAmount(debitMinor - creditMinor, currency) }),
    }));
    return {
      ...{ company: refOf(company.id), journal: refOf(journal), period: refOf(period?.id ?? '') },
      ...{ date: date(postedOn), description: key, lines: [['create', lines]] },
    };
  });
}

function sumOf({ lines, currency }: JournalOrder, side: 'debitMinor' | 'creditMinor'): number {
  return totalMinor(
    lines.map((line) => line[side]),
    currency,
  );
}

/** One side in the company's currency: its total is translated once, and the lines share it. */
function translated(
  order: JournalOrder,
  side: 'debitMinor' | 'creditMinor',
  functional: string,
  rate: { from: string; to: string } | undefined,
): string[] {
  const { lines, currency } = order;
  const amounts = lines.map((line) => formatDecimal({ amountMinor: line[side], currency }));
  if (rate === undefined) return amounts;
  const total = formatDecimal({ amountMinor: sumOf(order, side), currency });
  const whole = toMoney(dividedBy(times(total, rate.to), rate.from), functional, 'half-even');
  return allocate(whole, amounts).map(formatDecimal);
}
