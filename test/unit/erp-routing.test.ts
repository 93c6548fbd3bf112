// Which ERP serves a legal entity on a date, and what the entity is called there (R67, ADR 0014).
import { accountOf, type LegalEntity } from '../../domain/configuration.ts';
import { erpOf, erpsOf, inErp, nextErpOf, servedBy } from '../../domain/erp-routing.ts';
import { legalEntity } from './deal/fixtures.ts';
import { code } from './money/domain-error.ts';

const MOVING: LegalEntity = legalEntity({
  accountChanges: { revenue: { '2031-02-01': '4010' }, cash: { '2031-02-01': '1010' } },
  erpChanges: [
    {
      ...{ from: '2031-03-01', erpConnectionId: 'erp-2', erpEntityRef: 'GB01' },
      accounts: { revenue: '600', 'erp-transfer': '990' },
      accountChanges: { revenue: { '2031-06-01': '610' } },
      taxCodes: { 'GB-STD': 'UK-20' },
      taxRounding: { tax: 'per-line', taxMode: 'half-even' },
    },
    { from: '2032-01-01', erpConnectionId: 'erp-3', erpEntityRef: '7' },
  ],
});

test.each([
  ['2030-01-01', 'erp-1'],
  ['2031-02-28', 'erp-1'],
  ['2031-03-01', 'erp-2'],
  ['2031-12-31', 'erp-2'],
  ['2032-01-01', 'erp-3'],
])('a document of %s is made in %s', (on, expected) => {
  expect(erpOf(MOVING, on).erpConnectionId).toBe(expected);
});

test('an entity that never moves has one ERP on every date', () => {
  const staying = legalEntity();
  expect(erpOf(staying, '1999-12-31')).toEqual({ erpConnectionId: 'erp-1', erpEntityRef: '1' });
  expect(erpsOf(staying)).toEqual(['erp-1']);
  expect(inErp(staying)).toMatchObject({ erpConnectionId: 'erp-1', accounts: staying.accounts });
});

test.each([
  ['2031-03-15', 'erp-1', 'erp-2'], // the move is due
  ['2032-05-01', 'erp-1', 'erp-3'], // over one that was never used
  ['2031-02-28', 'erp-2', 'erp-2'], // a late document of before is not made where the engagement has left
  ['2031-03-15', 'erp-3', 'erp-3'],
])('a document of %s, in an engagement that is in %s, is made in %s', (on, current, expected) => {
  expect(nextErpOf(MOVING, on, current).erpConnectionId).toBe(expected);
});

test('an ERP that has documents and is not in the table any more is refused by name', () => {
  expect(code(() => nextErpOf(legalEntity(), '2031-03-15', 'erp-2'))).toBe('ERP_NOT_ASSIGNED');
  expect(() => inErp(legalEntity(), 'erp-2')).toThrow('erp-2, which its table does not name: put it back');
});

describe('accounts, tax codes and the rounding of tax', () => {
  const [first, second, third] = [inErp(MOVING), inErp(MOVING, 'erp-2'), inErp(MOVING, 'erp-3')];

  test('are those of the ERP that posts, whatever the date: the old one keeps its own after the move', () => {
    expect(accountOf(first, 'revenue', '2031-12-31')).toBe('4010');
    expect(accountOf(second, 'revenue', '2031-02-28')).toBe('600');
    expect(first.taxProfiles['GB-STD']?.code).toBe('GB-STD');
    expect(second.taxProfiles['GB-STD']).toEqual({ ratePercent: '20', code: 'UK-20', reverseCharge: false });
    expect(second.taxProfiles['EU-RC']?.code).toBe('EU-RC');
    expect([first, second, third].map(({ erpEntityRef }) => erpEntityRef)).toEqual(['1', 'GB01', '7']);
  });

  test('change with their dates in every ERP that shares them, and in one that has its own by its own dates', () => {
    expect(accountOf(second, 'revenue', '2031-06-01')).toBe('610');
    expect(accountOf(second, 'cash', '2031-06-01')).toBe('1010');
    expect(accountOf(third, 'revenue', '2032-01-31')).toBe('4010');
  });

  test('round tax as the ERP that bills does, and prices the same everywhere', () => {
    expect(first.rounding).toEqual(legalEntity().rounding);
    expect(second.rounding).toEqual({ ...legalEntity().rounding, tax: 'per-line', taxMode: 'half-even' });
    expect(third.rounding).toEqual(first.rounding);
  });

  test('that an ERP lacks are refused there and not elsewhere', () => {
    expect(accountOf(second, 'erp-transfer', '2031-03-01')).toBe('990');
    expect(code(() => accountOf(first, 'erp-transfer', '2031-03-01'))).toBe('ACCOUNT_MISSING');
  });
});

test('the posting dates of an ERP follow each other without gap or overlap', () => {
  expect(['erp-1', 'erp-2', 'erp-3', 'erp-4'].map((id) => servedBy(MOVING, id))).toEqual([
    { from: null, untilExclusive: '2031-03-01' },
    { from: '2031-03-01', untilExclusive: '2032-01-01' },
    { from: '2032-01-01', untilExclusive: null },
    undefined,
  ]);
});
