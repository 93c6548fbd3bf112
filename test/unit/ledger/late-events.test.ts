// Cell by cell, the table "Late and out-of-order events" of the domain rules.
import fc from 'fast-check';
import { decideLateEvent, type Effect, type LateEvent, type Standing } from '../../../domain/ledger/late-events.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

const decide = (event: LateEvent, standing: Standing, period: 'open' | 'closed') =>
  decideLateEvent(event, { standing, period, arrivedOn: '2026-02-27', parkDays: 5 });

const cells: [LateEvent, Standing, 'open' | 'closed', Effect[]][] = [
  ['time-corrected', 'not-billed', 'open', ['revise']],
  ['time-corrected', 'on-draft', 'open', ['recompute-draft']],
  ['time-corrected', 'posted', 'open', ['reversal-pair', 'credit-and-rebill']],
  ['time-corrected', 'not-billed', 'closed', ['revise']],
  ['time-corrected', 'on-draft', 'closed', ['recompute-draft']],
  ['time-corrected', 'posted', 'closed', ['reversal-pair', 'credit-and-rebill']],
  ['approval-before-entry', 'not-billed', 'open', ['park-until-entry']],
  ['approval-before-entry', 'not-billed', 'closed', ['park-until-entry']],
  ['rate-changed', 'not-billed', 'open', ['re-rate-on-request']],
  ['rate-changed', 'on-draft', 'open', ['recompute-draft']],
  ['rate-changed', 'posted', 'open', ['report-exposure', 'offer-rebill']],
  ['rate-changed', 'not-billed', 'closed', ['re-rate-on-request', 'adjustment-row']],
  ['rate-changed', 'on-draft', 'closed', ['recompute-draft', 'adjustment-row']],
  ['rate-changed', 'posted', 'closed', ['report-exposure', 'offer-rebill', 'adjustment-row']],
  ['contract-amended', 'not-billed', 'open', ['re-plan']],
  ['contract-amended', 'on-draft', 'open', ['void-and-redraft']],
  ['contract-amended', 'posted', 'open', ['credit-and-rebill-or-next-invoice']],
  ['contract-amended', 'not-billed', 'closed', ['re-plan', 'catch-up']],
  ['contract-amended', 'on-draft', 'closed', ['void-and-redraft', 'catch-up']],
  ['contract-amended', 'posted', 'closed', ['credit-and-rebill-or-next-invoice', 'catch-up']],
  ['milestone-unaccepted', 'not-billed', 'open', ['hold']],
  ['milestone-unaccepted', 'on-draft', 'open', ['drop-line']],
  ['milestone-unaccepted', 'posted', 'open', ['credit-memo']],
  ['milestone-unaccepted', 'not-billed', 'closed', ['hold', 'adjust-contract-balance']],
  ['milestone-unaccepted', 'on-draft', 'closed', ['drop-line', 'adjust-contract-balance']],
  ['milestone-unaccepted', 'posted', 'closed', ['credit-memo', 'adjust-contract-balance']],
  ['payment-before-invoice', 'not-billed', 'open', ['keep-unapplied']],
  ['payment-before-invoice', 'on-draft', 'open', ['keep-unapplied']],
  ['payment-before-invoice', 'posted', 'open', ['allocate']],
  ['payment-before-invoice', 'not-billed', 'closed', ['keep-unapplied']],
  ['payment-before-invoice', 'on-draft', 'closed', ['keep-unapplied']],
  ['payment-before-invoice', 'posted', 'closed', ['allocate']],
  ...(['not-billed', 'on-draft', 'posted'] as const).flatMap((standing) =>
    (['open', 'closed'] as const).flatMap((period): typeof cells => [
      ['duplicate-same-content', standing, period, ['ignore']],
      ['duplicate-other-content', standing, period, ['raise-exception']],
    ]),
  ),
];

describe('a late event', () => {
  test.each(cells)('%s, entry %s, period %s', (event, standing, period, effects) => {
    const decision = decide(event, standing, period);
    expect(decision.effects).toEqual(effects);
    expect(decision.postIn).toBe(period === 'closed' ? 'first-open-period' : 'own-period');
  });

  test('an approval before its entry waits for it until a date, then a person is asked', () => {
    // 27 February + 5 days = 4 March in a year without a 29th.
    expect(decide('approval-before-entry', 'not-billed', 'open').parkedUntil).toBe('2026-03-04');
    expect(decide('time-corrected', 'posted', 'open').parkedUntil).toBeNull();
  });

  test.each([['on-draft'], ['posted']] as const)('an approval before an entry that is %s cannot be', (standing) => {
    expect(code(() => decide('approval-before-entry', standing, 'open'))).toBe('LATE_EVENT_IMPOSSIBLE');
    expect(code(() => decide('approval-before-entry', standing, 'closed'))).toBe('LATE_EVENT_IMPOSSIBLE');
  });
});

describe('every event, entry and period', () => {
  const EVENTS = [...new Set(cells.map(([event]) => event))];
  const STANDINGS = ['not-billed', 'on-draft', 'posted'] as const;
  const PERIODS = ['open', 'closed'] as const;
  const at = fc.record({
    event: fc.constantFrom(...EVENTS),
    standing: fc.constantFrom(...STANDINGS),
    period: fc.constantFrom(...PERIODS),
    days: fc.nat(4000),
    parkDays: fc.nat(60),
  });
  const keyOf = (...parts: readonly string[]) => parts.join(' / ');

  test('has exactly one cell in the table, or cannot be', () => {
    const all = EVENTS.flatMap((event) =>
      STANDINGS.flatMap((standing) => PERIODS.map((period) => ({ event, standing, period }))),
    );
    // 8 events x 3 standings x 2 periods
    expect(all).toHaveLength(48);
    const possible = all.filter(
      ({ event, standing, period }) => code(() => decide(event, standing, period)) === 'nothing refused',
    );
    expect(possible.map(({ event, standing, period }) => keyOf(event, standing, period)).sort()).toEqual(
      cells.map(([event, standing, period]) => keyOf(event, standing, period)).sort(),
    );
  });

  test('goes one way, whenever it arrives: effects without repetition, closed adds and never takes away', () => {
    fc.assert(
      fc.property(at, ({ event, standing, period, days, parkDays }) => {
        const arrivedOn = addDays('2026-01-01', days);
        const decision = (of: 'open' | 'closed') =>
          decideLateEvent(event, { standing, period: of, arrivedOn, parkDays });
        if (!cells.some(([one, place]) => one === event && place === standing)) {
          expect(code(() => decision(period))).toBe('LATE_EVENT_IMPOSSIBLE');
          return;
        }
        const { effects, postIn, parkedUntil } = decision(period);
        expect(effects).toEqual(decide(event, standing, period).effects);
        expect(new Set(effects).size).toBe(effects.length);
        expect(decision('closed').effects.slice(0, decision('open').effects.length)).toEqual(decision('open').effects);
        expect(postIn).toBe(period === 'open' ? 'own-period' : 'first-open-period');
        // What waits has a date, and nothing else has one.
        expect(parkedUntil).toBe(effects.includes('park-until-entry') ? addDays(arrivedOn, parkDays) : null);
      }),
    );
  });

  test('edits nothing that is posted, and never credits what is not', () => {
    const EDITS: Effect[] = ['revise', 'recompute-draft', 'void-and-redraft', 'drop-line', 're-plan'];
    const CREDITS: Effect[] = [
      'credit-and-rebill',
      'credit-memo',
      'credit-and-rebill-or-next-invoice',
      'reversal-pair',
    ];
    for (const [event, standing, period] of cells) {
      const { effects } = decide(event, standing, period);
      const forbidden = standing === 'posted' ? EDITS : CREDITS;
      expect(effects.filter((effect) => forbidden.includes(effect))).toEqual([]);
    }
  });
});
