import fc from 'fast-check';
import {
  daysOfMonth,
  holds,
  lengthDays,
  monthOf,
  monthsTouched,
  nextMonth,
  overlap,
  period,
} from '../../../domain/time/period.ts';
import { addDays, daysBetween } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

describe('periods of whole days', () => {
  test('end before their last boundary, so that neighbours share it and no day counts twice', () => {
    const [january, february] = [daysOfMonth('2026-01'), daysOfMonth('2026-02')];
    expect(january.untilExclusive).toBe(february.from);
    expect([holds(january, '2026-01-31'), holds(january, '2026-02-01'), holds(february, '2026-02-01')]).toEqual([
      true,
      false,
      true,
    ]);
    expect([lengthDays(january), lengthDays(february)]).toEqual([31, 28]);
    expect(overlap(january, february)).toBeUndefined();
  });

  test('overlap in the days that both have', () => {
    expect(overlap(period('2026-01-16', '2026-03-11'), daysOfMonth('2026-01'))).toEqual(
      period('2026-01-16', '2026-02-01'),
    );
  });

  test('hold at least one day', () => {
    expect(code(() => period('2026-01-01', '2026-01-01'))).toBe('PERIOD_INVALID');
    expect(code(() => monthsTouched('2026-02-01', '2026-01-31'))).toBe('PERIOD_INVALID');
  });

  test('name the accounting months that inclusive dates touch', () => {
    expect(monthsTouched('2025-12-31', '2026-02-01')).toEqual(['2025-12', '2026-01', '2026-02']);
    expect(monthsTouched('2026-01-31', '2026-01-31')).toEqual(['2026-01']);
    expect([monthOf('2026-12-31'), nextMonth('2026-12')]).toEqual(['2026-12', '2027-01']);
  });

  test('the overlap of any two is the days that both hold, whichever is named first', () => {
    const some = fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 60 })).map(([start, days]) => {
      const from = addDays('2027-12-15', start);
      return period(from, addDays(from, days));
    });
    fc.assert(
      fc.property(some, some, (a, b) => {
        const shared = overlap(a, b);
        expect(overlap(b, a)).toEqual(shared);
        const days = Array.from({ length: lengthDays(a) }, (_, index) => addDays(a.from, index));
        const inBoth = days.filter((day) => holds(b, day));
        expect(shared ? [shared.from, addDays(shared.untilExclusive, -1)] : []).toEqual(
          inBoth.length > 0 ? [inBoth[0], inBoth.at(-1)] : [],
        );
        expect(inBoth).toHaveLength(shared ? daysBetween(shared.from, shared.untilExclusive) : 0);
      }),
    );
  });

  test('a day is in the month that it names, and that month is followed by the one that begins where it ends', () => {
    fc.assert(
      fc.property(fc.nat(150_000), (index) => {
        const day = addDays('1900-01-01', index);
        const month = monthOf(day);
        expect(holds(daysOfMonth(month), day)).toBe(true);
        expect(daysOfMonth(nextMonth(month)).from).toBe(daysOfMonth(month).untilExclusive);
        expect(holds(daysOfMonth(nextMonth(month)), day)).toBe(false);
      }),
    );
  });

  test('the months of any dates cover every day once', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(1000), (start, length) => {
        const [from, to] = [addDays('1990-01-01', start), addDays('1990-01-01', start + length)];
        const whole = period(from, addDays(to, 1));
        const days = monthsTouched(from, to).map((month) => overlap(daysOfMonth(month), whole));
        expect(days.reduce((sum, part) => sum + (part ? lengthDays(part) : 0), 0)).toBe(length + 1);
      }),
    );
  });
});
