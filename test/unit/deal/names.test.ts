/** Names that cannot be titles elsewhere are asked back before anything is created, in words that say what is wrong. */
import type { Deal } from '../../../domain/deal/deal.ts';
import { NAME_LENGTH_MAX } from '../../../domain/deal/names.ts';
import { type Finding, validateDeal } from '../../../domain/deal/validate-deal.ts';
import { CONFIGURATION, deal, fixedLine, timeLine } from './fixtures.ts';

/** The deal with one of its names changed, by what it names. */
const NAMED: Readonly<Record<string, (name: string) => Deal>> = {
  DEAL_NAME: (name) => deal({ name }),
  CUSTOMER_NAME: (name) => {
    const base = deal();
    return { ...base, customer: base.customer && { ...base.customer, name } };
  },
  LINE_NAME: (name) => deal({ lines: [timeLine({ name })] }),
  MILESTONE_NAME: (name) => {
    const [first, ...rest] = fixedLine().milestones;
    return deal({ lines: [fixedLine({ milestones: first ? [{ ...first, name }, ...rest] : rest })] });
  },
  ROLE_NAME: (name) => {
    const [first, ...rest] = timeLine().roles;
    return deal({ lines: [timeLine({ roles: first ? [{ ...first, role: name }, ...rest] : rest })] });
  },
};

function findingsOf(value: Deal): readonly Finding[] {
  const validation = validateDeal(value, CONFIGURATION, 1);
  return validation.ok ? [] : validation.findings;
}

describe.each(Object.entries(NAMED))('a name (%s)', (subject, named) => {
  const codesOf = (name: string): string[] => findingsOf(named(name)).map(({ code }) => code);

  test('that is empty or blank is missing', () => {
    for (const name of ['', '   ', '\t\n']) expect(codesOf(name)).toEqual([`${subject}_MISSING`]);
  });

  test('has at most 120 characters, counted as people count them', () => {
    expect(codesOf('x'.repeat(NAME_LENGTH_MAX))).toEqual([]);
    expect(codesOf('\u{1f3d7}'.repeat(NAME_LENGTH_MAX))).toEqual([]); // two code units each, one character
    expect(codesOf('x'.repeat(NAME_LENGTH_MAX + 1))).toEqual([`${subject}_TOO_LONG`]);
  });

  test('is one line that can be printed', () => {
    for (const name of ['a\u0000b', 'a\nb', 'a\u0085b', 'a\u202eb', 'a\u2028b', 'a\ud800b'])
      expect([name, codesOf(name)]).toEqual([name, [`${subject}_INVALID`]]);
    for (const name of ['Zürich – Phase 2 (東京)', "O'Brien & Söhne | Co", '__proto__', 'constructor'])
      expect([name, codesOf(name)]).toEqual([name, []]);
  });
});

describe('the message', () => {
  test('says how long the name is and how long it may be, and does not repeat it whole', () => {
    const [finding] = findingsOf(deal({ name: `Programme ${'x'.repeat(4_990)}` }));
    expect(finding).toMatchObject({ field: 'name', class: 'DATA_INVALID', ownerRole: 'ops' });
    expect(finding?.message).toMatch(/^Deal: name "Programme x+\.\.\." has 5000 characters; at most 120 are possible$/);
    expect(finding?.message.length).toBeLessThan(200);
  });

  test('names the character that cannot be printed, and a part without a name by its place', () => {
    expect(findingsOf(deal({ name: 'Ledger\u0007 renewal' }))[0]?.message).toBe(
      'Deal: name "Ledger\ufffd renewal" has a character that cannot be printed (U+0007): type it again',
    );
    const lines = [timeLine(), timeLine({ lineId: 'b', name: ' ' })];
    const findings = findingsOf(deal({ lines, amount: '112800' }));
    expect(findings.map(({ field, message }) => [field, message])).toEqual([
      ['lines[1].name', 'Line 2: name is missing'],
    ]);
  });

  test('of any other term shows at most the beginning of what another system wrote', () => {
    const [finding] = findingsOf(deal({ serviceLine: 'y'.repeat(10_000) }));
    expect(finding?.code).toBe('SERVICE_LINE_UNKNOWN');
    expect(finding?.message.length).toBeLessThan(200);
  });
});

describe('terms named like what every object has', () => {
  test.each(['constructor', '__proto__', 'toString'])('"%s" is an unknown term, not a built-in one', (name) => {
    const base = deal();
    const value = deal({
      serviceLine: name,
      deliveryTemplate: name,
      customer: base.customer && { ...base.customer, taxProfile: name },
      lines: [timeLine({ legalEntityId: name, pricingModel: name })],
    });
    expect(
      findingsOf(value)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['DELIVERY_TEMPLATE_UNKNOWN', 'LEGAL_ENTITY_UNKNOWN', 'PRICING_MODEL_UNKNOWN', 'SERVICE_LINE_UNKNOWN']);
    const taxed = deal({ customer: base.customer && { ...base.customer, taxProfile: name } });
    expect(findingsOf(taxed).map(({ code }) => code)).toEqual(['TAX_PROFILE_UNKNOWN']);
  });
});
