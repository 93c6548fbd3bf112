// An invoice as the ERP has it beside ours: lines that are nobody's, lines that are missing, another currency.
import { invoiceInErp, lineInErp } from '../../apps/api/derivations/in-erp.ts';
import { money } from '../../domain/money/money.ts';
import type { InvoiceHead, LineWithWay } from '../../persistence/repositories/derivations.ts';

const eur = (amountMinor: number) => money(amountMinor, 'EUR');
const reading = {
  ...{ erpConnectionId: 'erp-1', erpId: '7', number: 'I-1', currency: 'EUR', readAt: 0 },
  ...{ netMinor: 3_000, taxMinor: 570, totalMinor: 3_570 },
  lines: [
    { lineKey: '1', amountMinor: 1_000 },
    { lineKey: null, amountMinor: 1_500 },
    { lineKey: '3', amountMinor: 500 },
  ],
};
// 10.00 + 20.00 = 30.00; 19 % = 5.70
const ours = { net: eur(3_000), tax: eur(570), total: eur(3_570) } as InvoiceHead;
const line = (lineNo: number, amountMinor: number) => ({ lineNo, amount: eur(amountMinor) }) as LineWithWay;

test('lines that we do not have are listed, by their key or without one, though the totals agree', () => {
  expect(invoiceInErp(ours, reading, 2)).toMatchObject({
    agrees: true,
    otherLines: [
      { lineKey: null, amount: eur(1_500) },
      { lineKey: '3', amount: eur(500) },
    ],
  });
});

test('a line of ours stands beside its own, and beside nothing where the ERP lost it', () => {
  expect(lineInErp(line(1, 1_001), reading)).toEqual({ ours: eur(1_001), erp: eur(1_000), difference: eur(-1) });
  expect(lineInErp(line(2, 2_000), reading)).toEqual({ ours: eur(2_000), erp: null, difference: null });
});

test('one minor unit of tax, or another currency, does not agree', () => {
  expect(invoiceInErp(ours, { ...reading, taxMinor: 571, totalMinor: 3_571 }, 3)).toMatchObject({
    agrees: false,
    tax: { difference: eur(1) },
    total: { difference: eur(1) },
  });
  expect(invoiceInErp(ours, { ...reading, currency: 'USD' }, 3)).toMatchObject({
    agrees: false,
    net: { erp: money(3_000, 'USD'), difference: null },
  });
});
