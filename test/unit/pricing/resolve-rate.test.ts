import fc from 'fast-check';
import { type CardLine, type RateCard, SCOPE_LEVELS } from '../../../domain/pricing/rate-card.ts';
import { resolveRate, type WorkToRate } from '../../../domain/pricing/resolve-rate.ts';
import { DomainError } from '../../../domain/errors.ts';
import { code } from '../money/domain-error.ts';
import { card, line, perHour, work } from './cards.ts';

const rateOf = (cards: readonly RateCard[], changes: Partial<WorkToRate> = {}) =>
  resolveRate(cards, work(changes)).rate.value;

describe('whose card', () => {
  const scoped = SCOPE_LEVELS.map((level, index) =>
    card(`card-${level}`, [line('l', { price: perHour(String(10 + index)) })], {
      scope: { level, id: work().scopes[level] ?? '' },
    }),
  );
  const cards = [card('card-default', [line('l', { price: perHour('15') })]), ...scoped];

  test('the narrowest one that has a line: assignment, contract line, contract, customer, entity, default', () => {
    // Cards priced 10, 11, 12, 13, 14 and 15; each round drops the narrowest that is left.
    expect(SCOPE_LEVELS.map((_, index) => rateOf([cards[0]!, ...scoped.slice(index)]))).toEqual([
      '10',
      '11',
      '12',
      '13',
      '14',
    ]);
    expect(rateOf([cards[0]!])).toBe('15');
  });

  test('not that of another contract, and a narrower card without a line for the role passes to the wider', () => {
    expect(rateOf(cards, { scopes: { contract: 'C-2', customer: 'U-1' } })).toBe('13');
    const other = card('other', [line('l', { role: 'Architect' })], { scope: { level: 'contract', id: 'C-1' } });
    expect(rateOf([other, cards[0]!])).toBe('15');
  });

  test('the highest version that has begun; one that has ended does not bring its predecessor back', () => {
    const versions = [
      card('c', [line('l')], { validTo: null }),
      card('c', [line('l', { price: perHour('120') })], { version: 2, validFrom: '2026-05-01', validTo: '2026-05-31' }),
    ];
    expect(rateOf(versions, { workedOn: '2026-04-30' })).toBe('100');
    expect(rateOf(versions, { workedOn: '2026-05-01' })).toBe('120');
    expect(code(() => rateOf(versions, { workedOn: '2026-06-01' }))).toBe('RATE_MISSING');
  });
});

describe('which line of a card', () => {
  const lines = [
    line('role', { price: perHour('100') }),
    line('location', { location: 'London', price: perHour('110') }),
    line('grade', { location: 'London', grade: 'senior', price: perHour('120') }),
    line('resource', { role: null, resourceId: 'ann', price: perHour('130') }),
    line('both', { resourceId: 'ann', role: 'Architect', price: perHour('140') }),
  ];

  test.each<[string, Partial<WorkToRate>]>([
    ['130', {}],
    // The same person in another role on the same day has the rate of that role.
    ['140', { role: 'Architect' }],
    ['120', { resourceId: 'bob' }],
    ['110', { resourceId: 'bob', grade: 'junior' }],
    ['110', { resourceId: null, grade: null }],
    ['100', { resourceId: 'bob', location: 'Leeds' }],
  ])('the most specific: %s for %j', (expected, changes) => {
    expect(rateOf([card('c', lines)], changes)).toBe(expected);
  });

  test('specificity comes before the date, and of equally specific lines the latest one in force wins', () => {
    const later = line('later', { validFrom: '2026-05-01', price: perHour('200') });
    expect(rateOf([card('c', [...lines, later])], { resourceId: 'bob' })).toBe('120');
    expect(rateOf([card('c', [...lines, later])], { resourceId: 'bob', location: 'Leeds' })).toBe('200');
    const ended = line('ended', { validFrom: '2026-05-02', validTo: '2026-05-14', price: perHour('300') });
    expect(rateOf([card('c', [...lines, later, ended])], { resourceId: 'bob', location: 'Leeds' })).toBe('200');
  });

  test('currency, unit and work type must be those of the line', () => {
    const daily = line('day', { price: { by: 'rate', unit: 'day', rate: '750', markupPercent: '0' } });
    const cards = [card('c', [line('hour'), daily])];
    expect(rateOf(cards, { unit: 'hour' })).toBe('100');
    expect(rateOf(cards, { unit: 'day' })).toBe('750');
    expect(code(() => rateOf(cards))).toBe('RATE_AMBIGUOUS');
    expect(code(() => rateOf(cards, { unit: 'week' }))).toBe('RATE_MISSING');
    expect(code(() => rateOf(cards, { currency: 'EUR' }))).toBe('RATE_MISSING');
    expect(code(() => rateOf(cards, { workType: 'overtime' }))).toBe('RATE_MISSING');
  });

  test('two equally specific lines of the same date are an error that names both', () => {
    const cards = [card('c', [line('one'), line('two', { price: perHour('101') })])];
    expect(() => rateOf(cards)).toThrow(
      'regular work in role "Consultant" of ann on 2026-05-15 in GBP has 2 rates of 2026-01-01: ' +
        'line one of rate card c version 1, line two of rate card c version 1',
    );
    expect(code(() => rateOf(cards))).toBe('RATE_AMBIGUOUS');
    // Also when they agree on the rate: which of them is right tomorrow nobody knows.
    expect(code(() => rateOf([card('a', [line('one')]), card('b', [line('two')])]))).toBe('RATE_AMBIGUOUS');
  });

  test('a line for nobody, or for a grade without a location, is refused', () => {
    expect(code(() => rateOf([card('c', [line('l', { role: null })])]))).toBe('RATE_LINE_INVALID');
    expect(code(() => rateOf([card('c', [line('l', { grade: 'senior' })])]))).toBe('RATE_LINE_INVALID');
  });
});

describe('no rate', () => {
  test('is an error that says what was searched, never zero', () => {
    const cards = [
      card('old', [line('l')], { validTo: '2026-04-30' }),
      card('other', [line('l')], { scope: { level: 'contract', id: 'C-2' } }),
      card('card', [line('l', { role: 'Architect' })]),
    ];
    try {
      rateOf(cards);
      throw new Error('a rate was found');
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      expect(error.code).toBe('RATE_MISSING');
      expect(error.message).toBe(
        'no rate for regular work in role "Consultant" of ann on 2026-05-15 in GBP: old version 1 is not in force ' +
          'then; other version 1 is for contract C-2; card version 1 has no line for it',
      );
      expect(error.details['searched']).toHaveLength(3);
    }
    expect(code(() => rateOf([]))).toBe('RATE_MISSING');
  });

  test('a rate of zero that is stated is a rate, and says so', () => {
    const { rate } = resolveRate([card('c', [line('l', { price: perHour('0') })])], work());
    expect(rate).toMatchObject({ value: '0', derivation: { rule: 'rate, stated as zero', inputs: { cardId: 'c' } } });
    expect(code(() => rateOf([card('c', [line('l', { price: perHour('-1') })])]))).toBe('RATE_LINE_INVALID');
  });
});

describe('overrides', () => {
  const at = (overrideId: string, validFrom: string, changes: Partial<CardLine['overrides'][number]>) => {
    return { overrideId, validFrom, scope: null, rate: null, markupPercent: null, ...changes };
  };
  const marked = (...overrides: CardLine['overrides']) => [
    card('c', [line('l', { price: perHour('100', '10'), overrides })]),
  ];

  test('a mark-up from a date on takes the place of the mark-up of the card and applies to its rate', () => {
    // 100 + 10 % = 110; from 15 March 100 + 20 % = 120; from 1 April 100 + 25 % = 125, also after a stated rate of 130
    const cards = marked(
      at('o1', '2026-03-15', { markupPercent: '20' }),
      at('o2', '2026-03-20', { rate: '130' }),
      at('o3', '2026-04-01', { markupPercent: '25' }),
    );
    const on = ['2026-03-14', '2026-03-15', '2026-03-31', '2026-04-01', '2026-12-31'];
    expect(on.map((workedOn) => rateOf(cards, { workedOn }))).toEqual(['110', '120', '130', '125', '125']);
    expect(code(() => rateOf(cards, { workedOn: '2027-01-01' }))).toBe('RATE_MISSING');
  });

  test('a scoped one beats a later unscoped one, a contract beats a customer, and another scope is nothing', () => {
    const cards = marked(
      at('contract', '2026-02-01', { scope: { level: 'contract', id: 'C-1' }, rate: '90' }),
      at('customer', '2026-03-01', { scope: { level: 'customer', id: 'U-1' }, rate: '95' }),
      at('all', '2026-04-01', { rate: '130' }),
    );
    expect(rateOf(cards)).toBe('90');
    expect(rateOf(cards, { scopes: { contract: 'C-2', customer: 'U-1' } })).toBe('95');
    expect(rateOf(cards, { scopes: {} })).toBe('130');
    expect(rateOf(cards, { scopes: {}, workedOn: '2026-03-31' })).toBe('110');
  });

  test('two of one date and scope are ambiguous; one that states nothing is refused', () => {
    const same = [at('o1', '2026-03-15', { rate: '110' }), at('o2', '2026-03-15', { rate: '120' })];
    expect(code(() => rateOf(marked(...same)))).toBe('RATE_AMBIGUOUS');
    expect(code(() => rateOf(marked(at('o1', '2026-03-15', {}))))).toBe('RATE_LINE_INVALID');
    expect(code(() => rateOf(marked(at('o1', '2026-03-15', { markupPercent: '-101' }))))).toBe('RATE_LINE_INVALID');
  });
});

describe('overtime', () => {
  const regular = line('regular');
  const overtime = (price: CardLine['price'], changes: Partial<CardLine> = {}) =>
    line('overtime', { workType: 'overtime', price, ...changes });

  test('has a rate of its own', () => {
    expect(rateOf([card('c', [regular, overtime(perHour('160'))])], { workType: 'overtime' })).toBe('160');
  });

  test('or a mark-up on what the same work costs as regular work, both by the work date', () => {
    // Regular 80 for the contract, from 1 June 90; overtime of the default card +50 %, from 1 July +60 %:
    // May 80 x 1.5 = 120, June 90 x 1.5 = 135, July 90 x 1.6 = 144
    const later = line('june', { validFrom: '2026-06-01', price: perHour('90') });
    const contract = card('contract', [line('l', { price: perHour('80') }), later], {
      scope: { level: 'contract', id: 'C-1' },
    });
    const half = overtime({ by: 'regular-rate', markupPercent: '50' });
    const more = { ...overtime({ by: 'regular-rate', markupPercent: '60' }), lineId: 'o2', validFrom: '2026-07-01' };
    const cards = [contract, card('default', [regular, half, more])];
    const on = ['2026-05-15', '2026-06-15', '2026-07-15'];
    expect(on.map((workedOn) => rateOf(cards, { workedOn, workType: 'overtime' }))).toEqual(['120', '135', '144']);
    const { rate, source } = resolveRate(cards, work({ workType: 'overtime' }));
    expect(source).toMatchObject({ cardId: 'default', lineId: 'overtime' });
    expect(rate.derivation.parts?.[0]?.inputs).toMatchObject({ cardId: 'contract', rate: '80' });
  });

  test('without a regular rate there is none, and regular work cannot mark itself up', () => {
    const half = overtime({ by: 'regular-rate', markupPercent: '50' });
    expect(code(() => rateOf([card('c', [half])], { workType: 'overtime' }))).toBe('RATE_MISSING');
    expect(code(() => rateOf([card('c', [{ ...half, workType: 'regular' }])]))).toBe('RATE_LINE_INVALID');
    const overrides = [{ overrideId: 'o', validFrom: '2026-02-01', scope: null, rate: '9', markupPercent: null }];
    const cards = [card('c', [regular, { ...half, overrides }])];
    expect(code(() => rateOf(cards, { workType: 'overtime' }))).toBe('RATE_LINE_INVALID');
  });
});

describe('the explanation', () => {
  test('carries card, version, line, effective date and what was matched', () => {
    const { rate, source } = resolveRate(
      [card('c', [line('l', { price: perHour('99.99', '7.5') })], { version: 4 })],
      work(),
      { mode: 'half-even', scale: 2 },
    );
    // 99.99 x 1.075 = 107.48925 = 107.49
    expect(source).toEqual({ cardId: 'c', cardVersion: 4, lineId: 'l', overrideId: null, effectiveFrom: '2026-01-01' });
    expect(rate).toEqual({
      value: '107.49',
      derivation: {
        rule: 'rate x (100 + mark-up %) / 100',
        inputs: {
          rate: '99.99',
          markupPercent: '7.5',
          workedOn: '2026-05-15',
          role: 'Consultant',
          workType: 'regular',
          currency: 'GBP',
          cardId: 'c',
          cardVersion: '4',
          cardScope: 'default',
          lineId: 'l',
          unit: 'hour',
          effectiveFrom: '2026-01-01',
        },
        exact: '107.48925',
        rounding: { mode: 'half-even', scale: 2 },
      },
    });
  });
});

describe('a large table', () => {
  test('of two hundred thousand lines and cards is searched like a small one', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => line(`l${String(index)}`, { validFrom: '2026-01-01' }));
    const latest = line('latest', { validFrom: '2026-02-01', price: perHour('120') });
    expect(rateOf([card('c', [...many, latest])])).toBe('120');
    const versions = many.map((_, index) => card('c', [line('l')], { version: index + 1 }));
    expect(resolveRate(versions, work()).source.cardVersion).toBe(200_000);
  });
});

describe('whatever the cards', () => {
  const day = fc.constantFrom('2026-03-01', '2026-05-01', '2026-05-15', '2026-05-16', '2026-07-01');
  const dates = fc.record({ validFrom: day, validTo: fc.option(day) });
  const anyLine = fc
    .record({
      dates,
      rate: fc.integer({ min: 0, max: 500 }).map(String),
      who: fc.constantFrom(
        {},
        { location: 'London' },
        { location: 'London', grade: 'senior' },
        { role: null, resourceId: 'ann' },
      ),
    })
    .map(({ dates: own, rate, who }) => ({ ...own, ...who, price: perHour(rate) }));
  const anyCards = fc
    .array(
      fc.record({
        dates,
        version: fc.integer({ min: 1, max: 3 }),
        cardId: fc.constantFrom('a', 'b'),
        scope: fc.constantFrom(
          null,
          { level: 'contract' as const, id: 'C-1' },
          { level: 'customer' as const, id: 'x' },
        ),
        lines: fc.array(anyLine, { maxLength: 3 }),
      }),
      { maxLength: 5 },
    )
    .map((cards) =>
      cards.map(({ dates: own, cardId, lines, ...rest }, index) =>
        card(
          cardId,
          lines.map((one, at) => line(`${String(index)}.${String(at)}`, one)),
          { ...own, ...rest },
        ),
      ),
    );
  const outcome = (cards: readonly RateCard[]) => {
    try {
      const { rate, source } = resolveRate(cards, work());
      return { code: null, rate: rate.value, source };
    } catch (error) {
      if (error instanceof DomainError) return { code: error.code, rate: null, source: null };
      throw error;
    }
  };

  test('their order and that of their lines decides nothing', () => {
    fc.assert(
      fc.property(anyCards, (cards) => {
        const turned = [...cards].reverse().map((one) => ({ ...one, lines: [...one.lines].reverse() }));
        expect(outcome(turned)).toEqual(outcome(cards));
      }),
    );
  });

  test('a rate is never from a card or line that is not in force, or is for others', () => {
    fc.assert(
      fc.property(anyCards, (cards) => {
        const found = outcome(cards);
        if (!found.source) return;
        const { lineId, effectiveFrom } = found.source;
        const holds = ({ validFrom, validTo }: { validFrom: string; validTo: string | null }) =>
          validFrom <= '2026-05-15' && (validTo === null || validTo >= '2026-05-15');
        const [from] = cards.filter((one) => one.lines.some((own) => own.lineId === lineId));
        const own = from?.lines.find((one) => one.lineId === lineId);
        expect(from && own && holds(from) && holds(own) && from.scope?.id !== 'x').toBe(true);
        expect(effectiveFrom <= '2026-05-15').toBe(true);
      }),
    );
  });
});
