import {
  type ExchangeRate,
  exchangeRateFor,
  exchangeRateOn,
  perBase,
  type RatePolicy,
} from '../../../domain/currency/exchange-rates.ts';
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
