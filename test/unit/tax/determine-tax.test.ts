import fc from 'fast-check';
import { assertReverseCharge, determineTax, type Supply, type TaxRule } from '../../../domain/tax/determine-tax.ts';
import { code } from '../money/domain-error.ts';

const rule = (ruleId: string, more: Partial<TaxRule> & Pick<TaxRule, 'code' | 'ratePercent'>): TaxRule => ({
  ruleId,
  version: 1,
  legalEntityId: 'TL-DE',
  validFrom: '2020-01-01',
  validTo: null,
  reverseCharge: false,
  ...more,
});
const rules: TaxRule[] = [
  rule('home', { place: 'DE', code: 'S', ratePercent: '19', validTo: '2026-06-30' }),
  rule('home-2', { place: 'DE', code: 'S', ratePercent: '20', validFrom: '2026-07-01', version: 2 }),
  rule('eu-business', {
    place: 'AT',
    customerStatus: 'registered-business',
    code: 'AE',
    ratePercent: '0',
    reverseCharge: true,
    reason: 'Reverse charge, article 196 of Directive 2006/112/EC',
  }),
  rule('eu-others', { place: 'AT', code: 'S', ratePercent: '19' }),
  rule('abroad', { place: 'other', code: 'O', ratePercent: '0' }),
];
const supply = (changes: Partial<Supply> = {}): Supply => ({
  legalEntityId: 'TL-DE',
  place: 'DE',
  customerStatus: 'registered-business',
  taxedOn: '2026-06-30',
  sellerVatId: 'DE111111125',
  customerVatId: 'ATU12345675',
  ...changes,
});

describe('the tax of a supply', () => {
  test('follows legal entity, place and customer', () => {
    expect(determineTax(rules, supply())).toMatchObject({ code: 'S', ratePercent: '19', ruleId: 'home' });
    expect(determineTax(rules, supply({ place: 'AT' }))).toMatchObject({ code: 'AE', ruleId: 'eu-business' });
    expect(determineTax(rules, supply({ place: 'AT', customerStatus: 'consumer' })).ruleId).toBe('eu-others');
    expect(determineTax(rules, supply({ place: 'US' }))).toMatchObject({ code: 'O', ruleId: 'abroad' });
  });

  test('is found in a table of any size', () => {
    const others = Array.from({ length: 200_000 }, (_, index) =>
      rule(`any-${String(index)}`, { code: 'X', ratePercent: '1' }),
    );
    expect(determineTax([...others, ...rules], supply()).ruleId).toBe('home');
  });

  test('is that of the day of the tax point', () => {
    expect(determineTax(rules, supply({ taxedOn: '2026-07-01' }))).toMatchObject({ ratePercent: '20', ruleVersion: 2 });
    expect(code(() => determineTax(rules, supply({ taxedOn: '2019-12-31' })))).toBe('TAX_UNDETERMINED');
  });

  test('is never guessed', () => {
    expect(code(() => determineTax(rules, supply({ legalEntityId: 'TL-UK' })))).toBe('TAX_UNDETERMINED');
    // A place that a rule names is not abroad, even where that rule is for other customers.
    const named = rules.filter((one) => one.ruleId !== 'eu-others');
    expect(code(() => determineTax(named, supply({ place: 'AT', customerStatus: 'consumer' })))).toBe(
      'TAX_UNDETERMINED',
    );
    const twice = [...rules, rule('again', { place: 'DE', code: 'R', ratePercent: '7' })];
    expect(code(() => determineTax(twice, supply()))).toBe('TAX_AMBIGUOUS');
  });

  test('owed by the customer needs both VAT ids and the reason', () => {
    const shown = { sellerVatId: 'PL9551893317', customerVatId: 'DE282741168', reason: 'Reverse charge' };
    expect(code(() => assertReverseCharge(shown))).toBe('nothing refused');
    for (const key of ['sellerVatId', 'customerVatId', 'reason']) {
      expect(code(() => assertReverseCharge({ ...shown, [key]: null }))).toBe('REVERSE_CHARGE_INCOMPLETE');
      expect(code(() => assertReverseCharge({ ...shown, [key]: ' ' }))).toBe('REVERSE_CHARGE_INCOMPLETE');
    }
    expect(code(() => determineTax(rules, supply({ place: 'AT', customerVatId: null })))).toBe(
      'REVERSE_CHARGE_INCOMPLETE',
    );
  });
});

describe('whatever the table', () => {
  const STATUSES = ['registered-business', 'unregistered-business', 'consumer'] as const;
  const day = fc.nat(4).map((index) => `2026-0${String(index + 1)}-01`);
  const drawn = fc.record({
    legalEntityId: fc.constantFrom('TL-DE', 'TL-DE', 'TL-DE', 'TL-UK'),
    place: fc.constantFrom(undefined, 'DE', 'AT', 'other'),
    customerStatus: fc.constantFrom(undefined, ...STATUSES),
    validFrom: day,
    validTo: fc.option(day),
  });
  const tables = fc.array(drawn, { maxLength: 8 }).map((all) =>
    all.map(({ place, customerStatus, ...more }, index) => ({
      ...rule(`r${String(index)}`, { code: 'S', ratePercent: String(index), ...more }),
      ...(place === undefined ? {} : { place }),
      ...(customerStatus === undefined ? {} : { customerStatus }),
    })),
  );
  const supplies = fc
    .record({ place: fc.constantFrom('DE', 'AT', 'US'), customerStatus: fc.constantFrom(...STATUSES), taxedOn: day })
    .map(supply);
  const answer = (table: readonly TaxRule[], of: Supply): string => {
    let ruleId = '';
    const refused = code(() => {
      ruleId = determineTax(table, of).ruleId;
    });
    return ruleId || refused;
  };
  const inForce = ({ validFrom, validTo }: TaxRule, { taxedOn }: Supply) =>
    validFrom <= taxedOn && (validTo === null || taxedOn <= validTo);

  test('the answer is the one rule of the first rank that has any: place and status, place, status, neither', () => {
    fc.assert(
      fc.property(tables, supplies, (table, of) => {
        const own = table.filter((one) => one.legalEntityId === 'TL-DE' && inForce(one, of));
        const isNamed = own.some(({ place }) => place === of.place);
        const here = own.filter(({ place }) => place === (isNamed ? of.place : 'other'));
        const anywhere = own.filter(({ place }) => place === undefined);
        const ranks = [here, anywhere].flatMap((some) => [
          some.filter(({ customerStatus }) => customerStatus === of.customerStatus),
          some.filter(({ customerStatus }) => customerStatus === undefined),
        ]);
        const [first, ...others] = ranks.find((rank) => rank.length > 0) ?? [];
        const expected = !first ? 'TAX_UNDETERMINED' : others.length > 0 ? 'TAX_AMBIGUOUS' : first.ruleId;
        expect(answer(table, of)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('neither the order of the table nor rules of others, of other days or of lower rank change it', () => {
    fc.assert(
      fc.property(tables, supplies, fc.nat(7), (table, of, turn) => {
        const before = answer(table, of);
        expect(answer([...table.slice(turn), ...table.slice(0, turn)].reverse(), of)).toBe(before);
        const found = table.find(({ ruleId }) => ruleId === before);
        const more = [
          rule('foreign', { legalEntityId: 'TL-FR', place: of.place, code: 'S', ratePercent: '99' }),
          rule('over', { place: 'other', validTo: '2025-12-31', code: 'S', ratePercent: '99' }),
          ...(found?.place === undefined ? [] : [rule('any', { code: 'S', ratePercent: '99' })]),
        ];
        expect(answer([...table, ...more], of)).toBe(before);
      }),
    );
  });
});
