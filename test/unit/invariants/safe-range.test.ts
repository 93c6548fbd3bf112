// Money never leaves the safe range: whatever makes an amount gives exactly the right one, or AMOUNT_OVERFLOW, and
// never a number near it. The right one is worked out here in whole numbers of any size.
import fc from 'fast-check';
import { buildInvoice } from '../../../domain/billing/build-invoice.ts';
import { capCharges } from '../../../domain/billing/capped-charges.ts';
import { admit } from '../../../domain/billing/not-to-exceed.ts';
import { rateExpenses, rateTime } from '../../../domain/billing/rate-time.ts';
import { retainerPeriods } from '../../../domain/billing/retainer.ts';
import { billingSchedule } from '../../../domain/billing/schedule.ts';
import type { LegalEntity } from '../../../domain/configuration.ts';
import type { ContractCustomer } from '../../../domain/deal/contract.ts';
import { DomainError } from '../../../domain/errors.ts';
import { afterBilling, afterRecognition, openingBalance } from '../../../domain/ledger/balances.ts';
import { revenueJournal } from '../../../domain/ledger/journal.ts';
import { accountBalances, type Entry, trialBalance } from '../../../domain/ledger/ledger.ts';
import { allocate } from '../../../domain/money/allocate.ts';
import { figure } from '../../../domain/money/derivation.ts';
import {
  add,
  formatDecimal,
  type Money,
  money,
  negate,
  parseMoney,
  subtract,
  sumMoney,
} from '../../../domain/money/money.ts';
import { toMoney } from '../../../domain/money/rounding.ts';
import { recognise } from '../../../domain/revenue/recognise.ts';
import { planRevenue } from '../../../domain/revenue/revenue-schedule.ts';
import { creditInvoice } from '../../../domain/tax/credit-note.ts';
import { charge, fixedLine, retainerLine, timeLine } from '../billing/fixtures.ts';
import { CONTRACT } from '../change/engagement-books.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const isSafe = (value: bigint) => value <= BigInt(MOST) && value >= -BigInt(MOST);
/** Amounts of every size, and often next to the end of what can be held. */
const near = fc.integer({ min: 0, max: 1000 }).map((less) => MOST - less);
const positive = fc.oneof(near, fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: 1_000_000 }));
const signed = fc.tuple(positive, fc.boolean()).map(([size, isNegative]) => (isNegative ? -size : size));
const kwd = (minor: number) => money(minor, 'KWD');

/** The amount in minor units, or null when it is refused as beyond what can be held; any other error is a bug. */
function minorOf(call: () => Money): bigint | null {
  try {
    return BigInt(call().amountMinor);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'AMOUNT_OVERFLOW') return null;
    throw error;
  }
}

/** Exactly the right amount, which is refused if and only if it cannot be held. */
function expectExact(call: () => Money, right: bigint): void {
  expect(minorOf(call)).toBe(isSafe(right) ? right : null);
}

/** Exactly the right amount or none: a step on the way may be beyond what can be held although the end is not. */
function expectExactOrRefused(call: () => Money, right: bigint): void {
  const found = minorOf(call);
  if (found !== null) expect(found).toBe(right);
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + BigInt(value), 0n);
/** n / d to the nearest whole number, half away from zero. */
const nearest = (n: bigint, d: bigint) => (n < 0n ? -((2n * -n + d) / (2n * d)) : (2n * n + d) / (2n * d));

describe('amounts', () => {
  test('added, taken away and turned are exact or refused', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        expectExact(() => add(kwd(a), kwd(b)), BigInt(a) + BigInt(b));
        expectExact(() => subtract(kwd(a), kwd(b)), BigInt(a) - BigInt(b));
        expectExact(() => negate(kwd(a)), -BigInt(a));
      }),
    );
  });

  test('in sums are exact or refused', () => {
    fc.assert(
      fc.property(fc.array(signed), (all) => {
        expectExactOrRefused(() => sumMoney(all.map(kwd), 'KWD'), total(all));
      }),
    );
    // Of one sign no step is beyond the end.
    fc.assert(
      fc.property(fc.array(positive), (all) => {
        expectExact(() => sumMoney(all.map(kwd), 'KWD'), total(all));
      }),
    );
  });

  test('read from text and rounded from figures are exact or refused', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(digits, fc.nat(9), fc.boolean(), (whole, last, isNegative) => {
        const value = isNegative ? -whole : whole;
        const [sign, size] = [isNegative ? '-' : '', String(whole).padStart(4, '0')];
        const text = `${sign}${size.slice(0, -3)}.${size.slice(-3)}`;
        expectExact(() => parseMoney(text, 'KWD'), value);
        // One digit more: 0 to 4 are dropped, 5 to 9 go away from zero.
        const rounded = last < 5 ? value : value + (isNegative ? -1n : 1n);
        expectExact(() => toMoney(`${text}${String(last)}`, 'KWD', 'half-away-from-zero'), rounded);
        const found = minorOf(() => parseMoney(text, 'KWD'));
        if (found !== null && found !== 0n) expect(formatDecimal(kwd(Number(found)))).toBe(text);
      }),
    );
  });

  test('that are no whole numbers of minor units are refused at the door', () => {
    const bad = fc.oneof(
      fc.constantFrom(NaN, Infinity, -Infinity, MOST + 1, -MOST - 1, 1e300),
      fc.double({ min: 0.01, max: 0.99 }),
    );
    fc.assert(
      fc.property(bad, (value) => {
        const refused = Math.abs(value) < 1 ? 'AMOUNT_INVALID' : 'AMOUNT_OVERFLOW';
        expect(() => kwd(value)).toThrow(expect.objectContaining({ code: refused }));
      }),
    );
  });

  test('in parts are parts of the whole however large it is', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: MOST }), { minLength: 1 })
      .filter((all) => all.some((one) => one > 0));
    fc.assert(
      fc.property(signed, weights, (whole, all) => {
        const parts = allocate(kwd(whole), all.map(String));
        expect(total(parts.map(({ amountMinor }) => amountMinor))).toBe(BigInt(whole));
        parts.forEach(({ amountMinor }, index) => {
          // Within one unit of its share.
          const off = BigInt(amountMinor) * total(all) - BigInt(whole) * BigInt(all[index] ?? 0);
          expect(off < total(all) && off > -total(all)).toBe(true);
        });
      }),
    );
  });
});

describe('prices', () => {
  test('of time are minutes x rate / 60, exact or refused', () => {
    fc.assert(
      fc.property(positive, positive, (minutes, rate) => {
        const rates = [{ role: 'R', hourlyRate: formatDecimal(kwd(rate)), validFrom: '2026-01-01', validTo: null }];
        const entry = { entryId: 'e', workedOn: '2026-01-05', role: 'R', minutes, billable: true };
        const price = () => {
          const [rated] = rateTime([entry], timeLine('KWD', { rates }), 'half-away-from-zero');
          if (rated?.outcome !== 'priced') throw new Error('no price');
          return rated.charge.amount;
        };
        expectExact(price, nearest(BigInt(minutes) * BigInt(rate), 60n));
      }),
    );
  });

  test('of expenses are cost with mark-up, exact or refused', () => {
    fc.assert(
      fc.property(positive, fc.nat(1000), (cost, percent) => {
        const line = timeLine('KWD', { expenseMarkupPercent: String(percent) });
        const spent = { entryId: 'x', incurredOn: '2026-01-05', category: 'travel', cost: kwd(cost), billable: true };
        const price = () => {
          const [rated] = rateExpenses([spent], line, 'half-away-from-zero');
          if (rated?.outcome !== 'priced') throw new Error('no price');
          return rated.charge.amount;
        };
        expectExact(price, nearest(BigInt(cost) * BigInt(100 + percent), 100n));
      }),
    );
  });

  test('of a retainer are its fee and the days of a part month, and its schedule the value of any line', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 31 }), (fee, day) => {
        const until = `2026-01-${String(day).padStart(2, '0')}`;
        const line = retainerLine(formatDecimal(kwd(fee)), 'KWD', ['2026-01-01', until]);
        const [first] = retainerPeriods(line, 'half-away-from-zero');
        expect(first && BigInt(first.amount.amountMinor)).toBe(nearest(BigInt(fee) * BigInt(day), 31n));
        const contract = { ...CONTRACT, leadLegalEntityId: 'TL-UK', lines: [{ ...timeLine('KWD'), value: kwd(fee) }] };
        const items = billingSchedule(contract, 'TL-UK', 'half-away-from-zero');
        expect(total(items.map(({ amount }) => amount.amountMinor))).toBe(BigInt(fee));
      }),
    );
  });
});

describe('documents', () => {
  const entity = {
    ...{ legalEntityId: 'TL', taxProfiles: { standard: { ratePercent: '20', code: 'S', reverseCharge: false } } },
    rounding: { mode: 'half-away-from-zero', tax: 'per-rate' },
  } as unknown as LegalEntity;
  const customer = { customerKey: 'c', name: 'Acme', taxProfile: 'standard', paymentTermsDays: 30 } as ContractCustomer;
  const invoiceOf = (amounts: readonly number[]) => {
    const milestones = amounts.map((minor, index) => {
      return { milestoneId: `m${String(index)}`, name: 'M', amount: kwd(minor), dueOn: '2026-01-31' };
    });
    const line = { contractLineId: 'l', name: 'L', charges: [], milestones, periods: [] };
    return buildInvoice({ legalEntity: entity, customer, currency: 'KWD', invoiceOn: '2026-02-01', lines: [line] });
  };

  test('have exact totals and tax, or are refused', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 5 }), (amounts) => {
        const net = total(amounts);
        const tax = nearest(net * 20n, 100n);
        // A net that fits is no document when tax takes it beyond.
        const fits = isSafe(net + tax);
        for (const [pick, right] of [
          ['net', net],
          ['tax', tax],
          ['total', net + tax],
        ] as const) {
          expect(minorOf(() => invoiceOf(amounts)[pick])).toBe(fits ? right : null);
        }
      }),
    );
  });

  test('are credited exactly to the end', () => {
    const room = fc.integer({ min: 1, max: Math.floor(MOST / 2) });
    fc.assert(
      fc.property(room, fc.integer({ min: 1, max: 97 }), (amount, part) => {
        const invoice = { ...invoiceOf([amount]), invoiceId: 'i', issuedOn: '2026-02-01' };
        const share = { numerator: '1', denominator: String(part) };
        const request = { kind: 'lines', lines: [{ lineNo: 1, share }] } as const;
        const right = nearest(BigInt(amount), BigInt(part));
        fc.pre(right > 0n);
        const first = creditInvoice(invoice, [], request, 'half-away-from-zero');
        expect(BigInt(first.net.amountMinor)).toBe(right);
        if (first.net.amountMinor === amount) return;
        const rest = creditInvoice(invoice, [first], { kind: 'rest' }, 'half-away-from-zero');
        expect(total([first.total.amountMinor, rest.total.amountMinor])).toBe(BigInt(invoice.total.amountMinor));
      }),
    );
  });
});

describe('limits', () => {
  test('divide charges of any size exactly, or refuse', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 4 }), positive, (amounts, limit) => {
        const charges = amounts.map((minor, index) => ({
          ...charge(`e${String(index)}`, '2026-01-05', '0', 'KWD'),
          amount: kwd(minor),
        }));
        const least = (a: bigint, b: bigint) => (a < b ? a : b);
        let free = BigInt(limit);
        for (const { charge: one, billable, held } of capCharges(charges, kwd(limit), kwd(0))) {
          const right = least(BigInt(one.amount.amountMinor), free);
          free -= right;
          expect([BigInt(billable.amountMinor), BigInt(held.amountMinor)]).toEqual([
            right,
            BigInt(one.amount.amountMinor) - right,
          ]);
        }
        const claims = charges.map(({ entryId, workedOn, amount }) => {
          return { entryId, workedOn, amount, limitIds: ['l'], admittedBefore: kwd(0) };
        });
        const limits = [{ limitId: 'l', level: 'line' as const, amount: kwd(limit), billed: kwd(0) }];
        const committed = () => admit(claims, limits).uses[0]?.committed ?? kwd(0);
        expectExactOrRefused(committed, least(total(amounts), BigInt(limit)));
      }),
    );
  });
});

describe('revenue and books', () => {
  test('price x progress is exact however large the price', () => {
    fc.assert(
      fc.property(positive, fc.nat(6000), (price, minutes) => {
        const line = { ...fixedLine('KWD'), value: kwd(price) };
        const work = minutes === 0 ? [] : [{ workedOn: '2026-01-05', minutes }];
        const facts = { charges: [], work, acceptedMilestones: [], completed: false };
        const earned = () => recognise(line, '2026-01', facts, kwd(0), 'half-away-from-zero').cumulative;
        // 100 hours are sold: 6,000 minutes.
        expectExact(earned, nearest(BigInt(price) * BigInt(minutes), 6000n));
        const done = planRevenue('o', kwd(price), [
          { month: '2026-01', amount: figure('all', {}, formatDecimal(kwd(price)), null) },
        ]);
        expect(done.rows[0]?.amount).toEqual(kwd(price));
      }),
    );
  });

  test('balances of lines and accounts are exact or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), positive), { maxLength: 5 }), (events) => {
        let balance = openingBalance('x', 'fixed-fee', 'KWD');
        let [billed, recognised] = [0n, 0n];
        for (const [isBill, minor] of events) {
          const before = balance;
          const next = () => (isBill ? afterBilling(before, kwd(minor)) : afterRecognition(before, kwd(minor))).balance;
          [billed, recognised] = isBill ? [billed + BigInt(minor), recognised] : [billed, recognised + BigInt(minor)];
          const right = isBill ? billed : recognised;
          if (minorOf(() => next()[isBill ? 'billed' : 'recognised']) === null) {
            expect(isSafe(right) && isSafe(recognised - billed)).toBe(false);
            return;
          }
          balance = next();
          const { contractAsset, contractLiability } = balance;
          expect([balance.billed, balance.recognised].map((one) => BigInt(one.amountMinor))).toEqual([
            billed,
            recognised,
          ]);
          expect(BigInt(contractAsset.amountMinor) - BigInt(contractLiability.amountMinor)).toBe(recognised - billed);
        }
      }),
    );
  });

  test('accounts of a ledger are sums, exact or refused', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 5 }), (amounts) => {
        const entries = amounts.map((minor, index): Entry => {
          const rows = [{ balance: openingBalance('x', 'fixed-fee', 'KWD'), recognised: kwd(minor) }];
          const of = { legalEntityId: 'TL', currency: 'KWD', postedOn: '2026-01-31' };
          const { journal } = revenueJournal({ ...of, month: '2026-01', rows });
          const lines = (journal?.lines ?? []).map((line) => ({ ...line, functional: line.amount }));
          return {
            ...{ ...of, entryId: String(index), book: 'ifrs', functionalCurrency: 'KWD', rateId: null, memo: '' },
            ...{ effectiveOn: of.postedOn, source: { kind: 'revenue', id: '2026-01' }, lines, reverses: null },
          };
        });
        const balanceOf = (role: string) => {
          const found = accountBalances({ entries }).find(({ accountRole }) => accountRole === role);
          return found?.amount ?? kwd(0);
        };
        expectExact(() => balanceOf('contract-asset'), total(amounts));
        expectExact(() => balanceOf('revenue'), -total(amounts));
        expectExactOrRefused(() => trialBalance({ entries })[0]?.difference ?? kwd(0), 0n);
      }),
    );
  });
});
