/**
 * What Tryton says of a day: its exchange rates and whether a company's period takes postings. Tryton's rates are units
 * of a currency for one of a base that is not named: it is the currency whose rate is always 1.
 */
import type { ExchangeRate } from '../../domain/currency/exchange-rates.ts';
import { compareDecimals } from '../../domain/money/decimal.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { prepare, understand } from '../http/classify.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { PeriodRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { date, refOf } from './values.ts';

interface Rate {
  id: string;
  date: PlainDate;
  rate: string;
  'currency.': { code: string };
}

async function ratesUntil({ client, connectionId }: Books, on: PlainDate, context: CallContext): Promise<Rate[]> {
  const until = prepare(connectionId, 'read currency.currency.rate', () => date(on));
  const reading = { domain: [['date', '<=', until]], fields: ['date', 'rate', 'currency.code'] };
  const rates = await client.searchRead<Rate>('currency.currency.rate', reading, {}, context);
  return rates.sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** The rates that hold on that day; a currency that has none is left out. */
export async function exchangeRates(
  books: Books,
  currencies: readonly string[],
  on: PlainDate,
  context: CallContext,
): Promise<ExchangeRate[]> {
  const { connectionId } = books;
  const operation = 'read currency.currency.rate';
  const rates = await ratesUntil(books, on, context);
  return understand(connectionId, operation, () => {
    const all = new Set(rates.map((rate) => rate['currency.'].code));
    const moved = new Set(
      rates.filter(({ rate }) => compareDecimals(rate, '1') !== 0).map((rate) => rate['currency.'].code),
    );
    const [base, ...further] = [...all].filter((code) => !moved.has(code));
    if (base === undefined || further.length > 0) {
      const found = [base, ...further].join(', ');
      const message = `the base of Tryton's exchange rates is not clear (${found}): one currency has rate 1`;
      throw new AdapterError('rejected', message, { connectionId, operation });
    }
    return currencies.flatMap((currency) => {
      const found = rates.findLast((rate) => rate['currency.'].code === currency);
      if (found === undefined || currency === base) return [];
      return [
        {
          ...{ rateId: `currency.currency.rate,${found.id}`, rateType: 'spot', base, currency },
          ...{ validFrom: found.date, rate: found.rate, quote: 'fc-per-base' as const },
        },
      ];
    });
  });
}

/** What one amount in `from` is in `to`: multiply by `to`, divide by `from`. @throws rejected when one has no rate */
export async function rateBetween(books: Books, from: string, to: string, on: PlainDate, context: CallContext) {
  const { connectionId } = books;
  const rates = await ratesUntil(books, on, context);
  const rateOf = (code: string): string => {
    const found = rates.findLast((rate) => rate['currency.'].code === code);
    if (found !== undefined) return found.rate;
    const message = `Tryton has no exchange rate of ${code} for ${on}: finance adds it under Currencies`;
    throw new AdapterError('rejected', message, { connectionId, operation: 'read currency.currency.rate' });
  };
  return { from: rateOf(from), to: rateOf(to) };
}

/** The period of that day in a company, open or not; an adjustment period is none. */
export async function periodState(
  books: Books,
  erpEntityRef: string,
  on: PlainDate,
  context: CallContext,
): Promise<PeriodRecord | undefined> {
  const { client, connectionId } = books;
  const company = await books.directory.company(erpEntityRef, context);
  const domain = prepare(connectionId, 'read account.period', () => [
    ['company', '=', refOf(company.id)],
    ['type', '=', 'standard'],
    ['start_date', '<=', date(on)],
    ['end_date', '>=', date(on)],
  ]);
  type Row = { name: string; start_date: string; end_date: string; state: string };
  const fields = ['name', 'start_date', 'end_date', 'state'];
  const [row] = await client.searchRead<Row>('account.period', { domain, fields }, { companyId: company.id }, context);
  if (row === undefined) return undefined;
  const { name, start_date: startOn, end_date: endOn, state } = row;
  return { name, startOn, endOn, state: state === 'open' ? 'open' : 'closed' };
}
