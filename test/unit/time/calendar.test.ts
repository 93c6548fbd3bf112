import fc from 'fast-check';
import { dateAt, type EntityCalendar, startOfDayMs } from '../../../domain/time/calendar.ts';
import { addDays } from '../../../domain/time/plain-date.ts';

const at = (text: string): number => new Date(text).getTime();
const calendar = (...offsets: [from: string, minutes: number][]): EntityCalendar => ({
  legalEntityId: 'TL-UK',
  offsets: offsets.map(([from, offsetMinutes]) => ({ fromMs: at(from), offsetMinutes })),
  holidays: [],
  knownUntilMs: at('2028-01-01T00:00Z'),
});
/** London: summer time from 29 March to 25 October 2026, 01:00 UTC. */
const london = calendar(['2025-10-26T01:00Z', 0], ['2026-03-29T01:00Z', 60], ['2026-10-25T01:00Z', 0]);

describe("a legal entity's calendar", () => {
  test('says which day it is there: Tokyo is in tomorrow, New York still in yesterday', () => {
    const evening = at('2026-01-31T20:00Z');
    expect(dateAt(calendar(['2026-01-01T00:00Z', 540]), evening)).toBe('2026-02-01');
    expect(dateAt(calendar(['2026-01-01T00:00Z', -300]), at('2026-02-01T03:00Z'))).toBe('2026-01-31');
    expect(dateAt(london, evening)).toBe('2026-01-31');
  });

  test('follows summer time: the day begins an hour earlier in UTC', () => {
    expect(startOfDayMs(london, '2026-03-29')).toBe(at('2026-03-29T00:00Z'));
    expect(startOfDayMs(london, '2026-03-30')).toBe(at('2026-03-29T23:00Z'));
    expect(startOfDayMs(london, '2026-10-25')).toBe(at('2026-10-24T23:00Z'));
    expect(startOfDayMs(london, '2026-10-26')).toBe(at('2026-10-26T00:00Z'));
  });

  test('every day begins on its own date and the moment before is the day before', () => {
    for (const date of ['2026-03-28', '2026-03-29', '2026-03-30', '2026-07-01', '2026-10-25', '2026-10-26']) {
      expect(dateAt(london, startOfDayMs(london, date))).toBe(date);
      expect(dateAt(london, startOfDayMs(london, date) - 1) < date).toBe(true);
    }
  });

  test('where midnight is skipped, the day begins with its first instant', () => {
    // Cairo goes from 00:00 to 01:00 on 24 April 2026: +2 h until 22:00 UTC the day before, +3 h from then.
    const cairo = calendar(['2025-10-30T21:00Z', 120], ['2026-04-23T22:00Z', 180]);
    expect(startOfDayMs(cairo, '2026-04-24')).toBe(at('2026-04-23T22:00Z'));
    expect(dateAt(cairo, at('2026-04-23T21:59Z'))).toBe('2026-04-23');
  });

  test('where midnight is skipped west of UTC, the day does not begin the day before', () => {
    // The Azores go from 00:00 to 01:00 on 29 March 2026: -1 h until 01:00 UTC, 0 h from then.
    const azores = calendar(['2025-10-26T01:00Z', -60], ['2026-03-29T01:00Z', 0]);
    expect(startOfDayMs(azores, '2026-03-29')).toBe(at('2026-03-29T01:00Z'));
    expect(dateAt(azores, at('2026-03-29T00:59Z'))).toBe('2026-03-28');
  });

  test('where clocks jump over midnight from before it to after it, the day begins at the jump', () => {
    // +12:15 until 11:00 UTC on 29 March, then +13:15: from 23:15 on the 29th to 00:15 on the 30th.
    const here = calendar(['2026-01-01T00:00Z', 735], ['2026-03-29T11:00Z', 795]);
    expect(startOfDayMs(here, '2026-03-30')).toBe(at('2026-03-29T11:00Z'));
    expect(dateAt(here, at('2026-03-29T10:59Z'))).toBe('2026-03-29');
  });

  test('before the first known change the first offset holds, and without any it is UTC', () => {
    expect(dateAt(london, at('2025-01-01T00:30Z'))).toBe('2025-01-01');
    expect(dateAt(calendar(), at('2026-01-01T23:59Z'))).toBe('2026-01-01');
  });

  test('wherever and whenever clocks change, a day begins with the first moment that has its date', () => {
    // Any offset of a quarter of an hour from -12 h to +14 h; once a change by half an hour or one, either way.
    const place = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15);
    const change = fc.constantFrom(-60, -30, 30, 60);
    fc.assert(
      fc.property(place, change, fc.nat(72), fc.integer({ min: -2, max: 4 }), (offset, by, halfHours, shift) => {
        const changesAt = new Date(at('2026-03-28T00:00Z') + halfHours * 1_800_000).toISOString();
        const here = calendar(['2025-01-01T00:00Z', offset], [changesAt, offset + by]);
        const date = addDays('2026-03-28', shift);
        const start = startOfDayMs(here, date);
        expect(dateAt(here, start)).toBe(date);
        for (const beforeMs of [1, 1_800_000, 3_600_000, 5_400_000]) {
          expect(dateAt(here, start - beforeMs)).toBe(addDays(date, -1));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
