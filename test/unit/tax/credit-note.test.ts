// Figures marked Lago are published in getlago/lago-api, spec/scenarios/credit_notes.
import fc from 'fast-check';
import { parseFraction } from '../../../domain/money/fraction.ts';
import { formatDecimal, type Money, money, sumMoney } from '../../../domain/money/money.ts';
import {
  type CreditableInvoice,
  creditBalance,
  creditInvoice,
  type CreditNote,
  creditOfFee,
  type CreditRequest,
} from '../../../domain/tax/credit-note.ts';
import { code } from '../money/domain-error.ts';

const mode = 'half-away-from-zero';
const cents = { mode, scale: 0 } as const;
const eur = (minor: number): Money => money(minor, 'EUR');

/** An invoice of lines [net in cents, code], tax rounded per code. */
function invoice(rows: [amount: number, taxCode: string][], rates: Record<string, string>): CreditableInvoice {
  const lines = rows.map(([amount, taxCode], at) => ({ lineNo: at + 1, amount: eur(amount), taxCode }));
  const taxes = Object.entries(rates).map(([taxCode, ratePercent]) => {
    const base = rows.filter(([, of]) => of === taxCode).reduce((sum, [amount]) => sum + amount, 0);
    // Half a cent away from zero, in whole numbers, so that the test does not compute as the code does.
    const tax = Math.sign(base) * Math.floor((Math.abs(base) * Number(ratePercent) + 50) / 100);
    return { code: taxCode, ratePercent, base: eur(base), tax: eur(tax), reverseCharge: false };
  });
  return { invoiceId: 'INV-1', issuedOn: '2025-09-18', lines, taxes };
}
const share = (lineNo: number, text: string): CreditRequest => {
  return { kind: 'lines', lines: [{ lineNo, share: parseFraction(text) }] };
};
const amountOf = (lineNo: number, minor: number): CreditRequest => {
  return { kind: 'lines', lines: [{ lineNo, amount: eur(minor) }] };
};
/** One credit after the other: [net, tax, total] of each, in cents. */
function chain(of: CreditableInvoice, requests: CreditRequest[]): { credits: CreditNote[]; figures: number[][] } {
  const credits: CreditNote[] = [];
  for (const request of requests) credits.push(creditInvoice(of, credits, request, mode));
  return { credits, figures: credits.map(({ net, tax, total }) => [net, tax, total].map((one) => one.amountMinor)) };
}

describe('the credit of a fee', () => {
  test.each([
    // Lago: 160.00 x 29/30 = 154.6667 -> 154.67; 25 % = 38.6675 -> 38.67; 193.34
    ['16000', '29/30', '25', ['15467', '3867', '19334']],
    // Lago: 29.99 x 6/7 = 25.7057 -> 25.71; 23.33 % = 5.998 -> 6.00; 31.71
    ['2999', '6/7', '23.33', ['2571', '600', '3171']],
    ['2999', '0', '23.33', ['0', '0', '0']],
  ])('%s x %s at %s %% is %j', (fee, part, taxPercent, expected) => {
    const { net, tax, total } = creditOfFee(fee, parseFraction(part), taxPercent, cents);
    expect([net, tax, total].map((one) => one.value)).toEqual(expected);
  });
});

describe('credits of an invoice', () => {
  test('take tax from their own net, and the last one what is left', () => {
    // Lago: 769.00 at 20 %: 726.86 -> 145.372 -> 145.37; the rest 42.14 takes 153.80 - 145.37 = 8.43.
    const plan = invoice([[76_900, 'S']], { S: '20' });
    expect(chain(plan, [amountOf(1, 72_686), amountOf(1, 4214)]).figures).toEqual([
      [72_686, 14_537, 87_223],
      [4214, 843, 5057],
    ]);
    // Lago: 2 x 68.33 at 20 % = 27.33 tax; 13.67 by itself, so 13.66 for the second.
    const two = invoice(
      [
        [6833, 'S'],
        [6833, 'S'],
      ],
      { S: '20' },
    );
    expect(chain(two, [share(1, '1'), share(2, '1')]).figures).toEqual([
      [6833, 1367, 8200],
      [6833, 1366, 8199],
    ]);
    // Lago: 4 x 68.33, tax 54.66; three whole ones and the fourth in three parts of 13.67, 22.33 and 32.33.
    const four = invoice(
      Array.from({ length: 4 }, () => [6833, 'S']),
      { S: '20' },
    );
    const parts = [
      share(1, '1'),
      share(2, '1'),
      share(3, '1'),
      amountOf(4, 1367),
      amountOf(4, 2233),
      amountOf(4, 3233),
    ];
    expect(chain(four, parts).figures.map(([, tax]) => tax)).toEqual([1367, 1367, 1367, 273, 447, 645]);
  });

  test('by shares that come to the whole line take its rest', () => {
    // 1.00 in three thirds: 0.33, 0.33, 0.34; tax of 20 %: 0.066 -> 0.07, 0.07, 0.20 - 0.14 = 0.06.
    const one = invoice([[100, 'S']], { S: '20' });
    expect(chain(one, [share(1, '1/3'), share(1, '1/3'), share(1, '1/3')]).figures).toEqual([
      [33, 7, 40],
      [33, 7, 40],
      [34, 6, 40],
    ]);
    // 0.05 in sixths of 0.0083 -> 0.01: the line is used up by the fifth, and nothing is left for the sixth.
    const small = invoice([[5, 'Z']], { Z: '0' });
    const sixths = Array.from({ length: 5 }, () => share(1, '1/6'));
    expect(chain(small, sixths).figures.map(([net]) => net)).toEqual([1, 1, 1, 1, 1]);
    expect(code(() => chain(small, [...sixths, share(1, '1/6')]))).toBe('CREDIT_EMPTY');
  });

  test('spread an amount over what is left of the lines', () => {
    // 30.00 + 0 + 20.00 are left after the credit of the second line: 25.00 by 30 : 0 : 20 = 15 and 10; 20 % of 15.00,
    // 10 % of 10.00.
    const three = invoice(
      [
        [3000, 'S'],
        [1000, 'S'],
        [2000, 'R'],
      ],
      { S: '20', R: '10' },
    );
    const { credits } = chain(three, [share(2, '1'), { kind: 'amount', amount: eur(2500) }]);
    expect(credits[1]?.lines.map(({ lineNo, net }) => [lineNo, formatDecimal(net)])).toEqual([
      [1, '15.00'],
      [3, '10.00'],
    ]);
    expect(credits[1]?.taxes.map((one) => [one.code, formatDecimal(one.tax)])).toEqual([
      ['S', '3.00'],
      ['R', '1.00'],
    ]);
  });

  test('of the rest leave nothing, also of lines of both signs', () => {
    // 7 x 400 - 3 x 500 = 1,300 at 25 % = 325 (B21 without its charge)
    const mixed = invoice(
      [
        [280_000, 'S'],
        [-150_000, 'S'],
      ],
      { S: '25' },
    );
    const { credits, figures } = chain(mixed, [{ kind: 'rest' }]);
    expect(figures).toEqual([[130_000, 32_500, 162_500]]);
    const { lines, taxes } = creditBalance(mixed, credits);
    expect([...lines.map((one) => one.left), ...taxes.flatMap((one) => [one.base, one.tax])]).toEqual(
      Array.from({ length: 4 }, () => eur(0)),
    );
    // The first line alone would credit more than the invoice came to.
    expect(code(() => chain(mixed, [share(1, '1')]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(mixed, [{ kind: 'amount', amount: eur(100) }]))).toBe('ALLOCATION_INVALID');
  });

  test('use the rates and the date of the invoice', () => {
    const { credits } = chain(invoice([[10_000, 'S']], { S: '19' }), [share(1, '1/2')]);
    expect(credits[0]).toMatchObject({ taxedOn: '2025-09-18', taxes: [{ ratePercent: '19', tax: eur(950) }] });
    const reverse = invoice([[10_000, 'AE']], { AE: '0' });
    const taxes = reverse.taxes.map((one) => ({ ...one, ratePercent: '19', reverseCharge: true }));
    expect(chain({ ...reverse, taxes }, [share(1, '1/2')]).figures).toEqual([[5000, 0, 5000]]);
  });

  test('never come to more than is left', () => {
    const one = invoice([[10_000, 'S']], { S: '20' });
    expect(code(() => chain(one, [amountOf(1, 10_001)]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(one, [amountOf(1, 6000), amountOf(1, 4001)]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(one, [share(1, '2/3'), share(1, '1/2')]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(one, [{ kind: 'amount', amount: eur(10_001) }]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(one, [amountOf(1, -1)]))).toBe('CREDIT_EXCEEDS_INVOICE');
    expect(code(() => chain(one, [{ kind: 'rest' }, { kind: 'rest' }]))).toBe('CREDIT_EMPTY');
    expect(code(() => chain(one, [amountOf(2, 1)]))).toBe('CREDIT_LINE_INVALID');
    const twice = [
      { lineNo: 1, amount: eur(1) },
      { lineNo: 1, amount: eur(1) },
    ];
    expect(code(() => chain(one, [{ kind: 'lines', lines: twice }]))).toBe('CREDIT_LINE_INVALID');
    expect(code(() => chain({ ...one, taxes: [] }, [share(1, '1')]))).toBe('TAX_RATE_MISSING');
    expect(code(() => chain({ ...one, lines: [] }, [{ kind: 'rest' }]))).toBe('CREDIT_EMPTY');
  });

  test('of any size and in any order come to the invoice exactly, to no tax more and none less', () => {
    const row = fc.tuple(fc.integer({ min: 1, max: 50_000 }), fc.constantFrom('S', 'R', 'Z'));
    const step = fc.record({
      kind: fc.constantFrom('amount', 'share', 'spread'),
      line: fc.nat(9),
      part: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.array(step, { maxLength: 12 }), (rows, steps) => {
        const of = invoice(rows, { S: '19', R: '7', Z: '0' });
        const credits: CreditNote[] = [];
        for (const { kind, line, part } of steps) {
          const balance = creditBalance(of, credits).lines;
          const lineNo = (line % rows.length) + 1;
          const left = balance[lineNo - 1]?.left.amountMinor ?? 0;
          const { amountMinor: whole } = sumMoney(
            balance.map((one) => one.left),
            'EUR',
          );
          const request: CreditRequest = {
            amount: amountOf(lineNo, Math.floor(left / part)),
            share: share(lineNo, `1/${String(part)}`),
            spread: { kind: 'amount' as const, amount: eur(Math.floor(whole / part)) },
          }[kind];
          const refused = code(() => credits.push(creditInvoice(of, credits, request, mode)));
          expect(['nothing refused', 'CREDIT_EMPTY', 'CREDIT_EXCEEDS_INVOICE']).toContain(refused);
          for (const one of creditBalance(of, credits).taxes) {
            expect(Math.min(one.base.amountMinor, one.tax.amountMinor)).toBeGreaterThanOrEqual(0);
          }
        }
        const isOpen = creditBalance(of, credits).lines.some((one) => one.left.amountMinor > 0);
        if (isOpen) credits.push(creditInvoice(of, credits, { kind: 'rest' }, mode));
        for (const tax of of.taxes) {
          const own = credits.flatMap((credit) => credit.taxes.filter((one) => one.code === tax.code));
          expect(
            sumMoney(
              own.map((one) => one.base),
              'EUR',
            ),
          ).toEqual(tax.base);
          expect(
            sumMoney(
              own.map((one) => one.tax),
              'EUR',
            ),
          ).toEqual(tax.tax);
        }
        for (const credit of credits) {
          expect(sumMoney([credit.net, credit.tax], 'EUR')).toEqual(credit.total);
        }
      }),
      { numRuns: 100 },
    );
  });
});
