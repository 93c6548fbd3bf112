// Two figures of one thing: shown, never made equal.
import { agrees, sideBySide } from '../../../domain/billing/side-by-side.ts';
import { money } from '../../../domain/money/money.ts';

const eur = (amountMinor: number) => money(amountMinor, 'EUR');

test('the difference is what the ERP has more, and one minor unit is a difference', () => {
  // 5,700.285 is 5,700.29 half up and 5,700.28 half even.
  const tax = sideBySide(eur(570_029), eur(570_028));
  expect(tax).toEqual({ ours: eur(570_029), erp: eur(570_028), difference: eur(-1) });
  expect(agrees(tax)).toBe(false);
  expect(agrees(sideBySide(eur(570_028), eur(570_028)))).toBe(true);
});

test('what the ERP does not have, or has in another currency, agrees with nothing', () => {
  expect(sideBySide(eur(100), null)).toEqual({ ours: eur(100), erp: null, difference: null });
  expect(sideBySide(eur(100), money(100, 'USD')).difference).toBeNull();
  expect(agrees(sideBySide(eur(0), money(0, 'USD')))).toBe(false);
});
