import fc from 'fast-check';
import { convert, toBase } from '../../../domain/currency/convert.ts';
import {
  type ExchangeRate,
  exchangeRateFor,
  exchangeRateOn,
  perBase,
  type RatePolicy,
} from '../../../domain/currency/exchange-rates.ts';
import { times } from '../../../domain/money/decimal.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

const rate = (rateId: string, validFrom: string, value: string, more: Partial<ExchangeRate> = {}): ExchangeRate => ({
  ...{ rateId, validFrom, rate: value, rateType: 'spot', base: 'GBP', currency: 'USD', quote: 'fc-per-base' },
  ...more,
});
const rates = [
  rate('r2', '2026-02-01', '1.25'),
  rate('r1', '2026-01-01', '1.20'),
  rate('avg', '2026-01-01', '1.22', { rateType: 'month-average' }),
  rate('yen', '2026-01-01', '0.005', { currency: 'JPY', quote: 'base-per-fc' }),
  rate('bad', '2026-01-01', '0', { currency: 'EUR' }),
];
const usd = { base: 'GBP', currency: 'USD' };
const on = (day: string, more: Partial<Parameters<typeof exchangeRateOn>[1]> = {}) =>
  exchangeRateOn(rates, { ...usd, rateType: 'spot', on: day, ...more });

describe('a rate', () => {
  test('is the latest of its type on or before the day', () => {
    expect(on('2026-01-31')).toEqual({
      rateId: 'r1',
      validFrom: '2026-01-01',
      perBase: { numerator: '1.20', denominator: '1' },
    });
    expect(on('2026-02-01').rateId).toBe('r2');
    expect(on('2026-02-01', { rateType: 'month-average' }).rateId).toBe('avg');
    // 0.005 pounds for a yen: 1 / 0.005 = 200 yen for a pound
    expect(on('2026-02-01', { currency: 'JPY' }).perBase).toEqual({ numerator: '1', denominator: '0.005' });
  });

  test('of the base is one, and needs no table', () => {
    const one = { numerator: '1', denominator: '1' };
    expect(exchangeRateOn([], { base: 'GBP', currency: 'GBP', rateType: 'spot', on: '2026-01-01' })).toMatchObject({
      rateId: null,
      perBase: one,
    });
  });

  test('that is missing or not above zero is an error, never another one', () => {
    expect(code(() => on('2025-12-31'))).toBe('EXCHANGE_RATE_MISSING');
    expect(code(() => on('2026-01-01', { rateType: 'contract' }))).toBe('EXCHANGE_RATE_MISSING');
    expect(code(() => on('2026-01-01', { currency: 'EUR' }))).toBe('EXCHANGE_RATE_INVALID');
    expect(code(() => perBase('-1', 'base-per-fc'))).toBe('EXCHANGE_RATE_INVALID');
  });

  test('that is there twice from one day is not chosen, whichever stands first', () => {
    const again = rate('r2-again', '2026-02-01', '1.26');
    const refused = (table: ExchangeRate[], day: string) =>
      code(() => exchangeRateOn(table, { ...usd, rateType: 'spot', on: day }));
    expect(refused([...rates, again], '2026-02-01')).toBe('EXCHANGE_RATE_AMBIGUOUS');
    expect(refused([again, ...rates], '2026-02-01')).toBe('EXCHANGE_RATE_AMBIGUOUS');
    // It stands in nobody's way before its day, and not once a later rate has taken its place.
    expect(refused([...rates, again], '2026-01-31')).toBe('nothing refused');
    expect(refused([...rates, again, rate('r3', '2026-02-02', '1.3')], '2026-02-02')).toBe('nothing refused');
  });
});

describe('the rate of an event', () => {
  const policy: RatePolicy = {
    work: { rateType: 'month-average', dateOf: 'work' },
    invoice: { rateType: 'spot', dateOf: 'invoice' },
    recognition: { rateType: 'spot', dateOf: 'invoice' },
    payment: { rateType: 'spot', dateOf: 'payment' },
  };
  const dates = { work: '2026-01-20', invoice: '2026-02-03', recognition: '2026-01-31' };

  test('has the type and the date that the policy fixed before', () => {
    const idOf = (event: keyof RatePolicy) => exchangeRateFor(rates, policy, event, dates, usd).rateId;
    expect([idOf('work'), idOf('invoice'), idOf('recognition')]).toEqual(['avg', 'r2', 'r2']);
  });

  test('cannot be had before the day that counts is known', () => {
    expect(code(() => exchangeRateFor(rates, policy, 'payment', dates, usd))).toBe('EXCHANGE_RATE_MISSING');
  });
});

describe('whatever the table', () => {
  const DAYS = 40;
  const dayAt = (index: number) => addDays('2026-01-01', index);
  const value = fc.integer({ min: 1, max: 5_000_000 }).map((thousandths) => (thousandths / 1000).toFixed(3));
  const published = fc
    .record({
      day: fc.nat(DAYS),
      value,
      rateType: fc.constantFrom('spot', 'month-average'),
      currency: fc.constantFrom('USD', 'JPY'),
      quote: fc.constantFrom<ExchangeRate['quote'][]>('fc-per-base', 'base-per-fc'),
    })
    .map(({ day, value: stated, ...more }) =>
      rate(`${more.currency} ${more.rateType} ${String(day)}`, dayAt(day), stated, more),
    );
  const table = fc.uniqueArray(published, { selector: (one) => one.rateId, maxLength: 30 });
  const asked = fc.record({
    on: fc.nat(DAYS).map(dayAt),
    rateType: fc.constantFrom('spot', 'month-average'),
    currency: fc.constantFrom('USD', 'JPY'),
  });

  test('the answer is the one rate of its kind after which none begins by that day, or there is none', () => {
    fc.assert(
      fc.property(table, asked, fc.nat(), (all, wanted, turn) => {
        const kind = all.filter(
          (one) => one.rateType === wanted.rateType && one.currency === wanted.currency && one.validFrom <= wanted.on,
        );
        const last = kind.find((one) => kind.every((other) => other.validFrom <= one.validFrom));
        const start = all.length === 0 ? 0 : turn % all.length;
        for (const order of [all, [...all.slice(start), ...all.slice(0, start)], [...all].reverse()]) {
          const found: string[] = [];
          const refused = code(() => {
            const { rateId, validFrom } = exchangeRateOn(order, { base: 'GBP', ...wanted });
            found.push(rateId ?? 'base', validFrom);
          });
          if (last) expect(found).toEqual([last.rateId, last.validFrom]);
          else expect(refused).toBe('EXCHANGE_RATE_MISSING');
        }
      }),
    );
  });

  test('a rate quoted one way and the same rate quoted the other way are inverses of each other', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: -1_000_000, max: 1_000_000 }), (quoted, amount) => {
        // amount x rate of base for one of currency, and back through one / rate: no digit is lost on the way.
        const [asBase, asForeign] = [perBase(quoted, 'base-per-fc'), perBase(quoted, 'fc-per-base')];
        const there = toBase(String(amount), asBase, null).value;
        expect(there).toBe(times(String(amount), quoted));
        expect(toBase(there, asForeign, null).value).toBe(String(amount));
      }),
    );
  });

  test('from one currency to another through the base is one quotient, rounded once', () => {
    const cents = { mode: 'half-even', scale: 2 } as const;
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 1_000_000_000 }), (from, to, minor) => {
        const [dollars, yen] = [perBase(from, 'fc-per-base'), perBase(to, 'base-per-fc')];
        // minor / 100 / from / to, in whole hundredths: minor x 10^6 / (from x to in millionths), ties to even.
        const [numerator, denominator] = [
          BigInt(minor) * 1_000_000n,
          BigInt(from.replace('.', '')) * BigInt(to.replace('.', '')),
        ];
        const [floor, twice] = [numerator / denominator, 2n * (numerator % denominator)];
        const isUp = twice > denominator || (twice === denominator && floor % 2n === 1n);
        const hundredths = isUp ? floor + 1n : floor;
        const { value: converted } = convert((minor / 100).toFixed(2), dollars, yen, cents);
        expect(times(converted, '100')).toBe(String(hundredths));
      }),
    );
  });

  test('policy alone picks the rate of an event: no date but the one that it names counts', () => {
    const events = ['work', 'invoice', 'recognition', 'payment'] as const;
    const takes = fc.record({ rateType: fc.constantFrom('spot', 'month-average'), dateOf: fc.constantFrom(...events) });
    const policies = fc.record({ work: takes, invoice: takes, recognition: takes, payment: takes });
    const day = fc.nat(DAYS).map(dayAt);
    const known = fc.record({ work: day, invoice: day, recognition: day, payment: day });
    fc.assert(
      fc.property(table, policies, fc.constantFrom(...events), known, known, (all, policy, event, dates, others) => {
        const { dateOf, rateType } = policy[event];
        const answer = (told: Partial<typeof dates>): string => {
          let id = '';
          const refused = code(() => {
            id = exchangeRateFor(all, policy, event, told, usd).rateId ?? 'base';
          });
          return id || refused;
        };
        const on = dates[dateOf];
        const expected: string[] = [];
        const missing = code(() => expected.push(exchangeRateOn(all, { ...usd, rateType, on }).rateId ?? 'base'));
        expect(answer(dates)).toBe(expected[0] ?? missing);
        expect(answer({ ...others, [dateOf]: on })).toBe(answer(dates));
      }),
    );
  });
});
