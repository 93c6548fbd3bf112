// The clock of a legal entity: loaded by an activity, used by rules that know no time zone.
import { loadCalendar } from '../../activities/calendar.activities.ts';
import type { LegalEntity } from '../../domain/configuration.ts';
import { dateAt, startOfDayMs } from '../../domain/time/calendar.ts';

const JANUARY = Date.UTC(2026, 0, 1);

const entity = (timeZone: string): LegalEntity =>
  ({ legalEntityId: 'le', timeZone, holidays: ['2026-12-25', '2026-01-01'] }) as unknown as LegalEntity;

describe('the calendar of a legal entity', () => {
  test('London changes its clock at one in the morning UTC, to the minute, for two years', () => {
    const { offsets } = loadCalendar(entity('Europe/London'), JANUARY);
    expect(offsets.map(({ fromMs, offsetMinutes }) => [new Date(fromMs).toISOString(), offsetMinutes])).toEqual([
      ['2026-01-01T00:00:00.000Z', 0],
      ['2026-03-29T01:00:00.000Z', 60],
      ['2026-10-25T01:00:00.000Z', 0],
      ['2027-03-28T01:00:00.000Z', 60],
      ['2027-10-31T01:00:00.000Z', 0],
    ]);
  });

  test('Tokyo never changes, and its day begins nine hours before that of UTC', () => {
    const calendar = loadCalendar(entity('Asia/Tokyo'), JANUARY);
    expect(calendar.offsets).toEqual([{ fromMs: JANUARY, offsetMinutes: 540 }]);
    expect(new Date(startOfDayMs(calendar, '2026-02-01')).toISOString()).toBe('2026-01-31T15:00:00.000Z');
    expect(dateAt(calendar, Date.UTC(2026, 0, 31, 15))).toBe('2026-02-01');
  });

  test('half an hour is an offset too', () => {
    expect(loadCalendar(entity('Asia/Kolkata'), JANUARY).offsets).toEqual([{ fromMs: JANUARY, offsetMinutes: 330 }]);
    const adelaide = loadCalendar(entity('Australia/Adelaide'), JANUARY, 6).offsets;
    expect(adelaide.map((offset) => offset.offsetMinutes)).toEqual([630, 570]);
  });

  test('a day of 23 hours still begins at its midnight', () => {
    const calendar = loadCalendar(entity('Europe/London'), JANUARY);
    const hours = (startOfDayMs(calendar, '2026-03-30') - startOfDayMs(calendar, '2026-03-29')) / 3_600_000;
    expect(hours).toBe(23);
  });

  test('a calendar loaded in summer knows the offset of summer from its first instant', () => {
    const july = Date.UTC(2026, 6, 1, 0, 30);
    const calendar = loadCalendar(entity('America/New_York'), july, 1);
    expect(calendar.offsets).toEqual([{ fromMs: july, offsetMinutes: -240 }]);
    expect(dateAt(calendar, july)).toBe('2026-06-30');
  });

  test('holidays come in order, and a time zone that does not exist is refused', () => {
    expect(loadCalendar(entity('UTC'), JANUARY).holidays).toEqual(['2026-01-01', '2026-12-25']);
    expect(() => loadCalendar(entity('Europe/Atlantis'), JANUARY)).toThrow(RangeError);
  });
});
