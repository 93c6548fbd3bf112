import type { Actor } from '../../../domain/actor.ts';
import type { PeriodState } from '../../../domain/lifecycle.ts';
import { assertPostable, movePeriod, type PeriodLock, postingDateFor } from '../../../domain/ledger/periods.ts';
import { code } from '../money/domain-error.ts';

const lock = (month: string, state: PeriodState, book = 'ifrs'): PeriodLock => {
  return { legalEntityId: 'TL-UK', book, month, state };
};
const person = (subject: string): Actor => ({ subject, roles: ['fin-approver'], legalEntities: ['*'] });
const year = [
  lock('2026-01', 'closed'),
  lock('2026-02', 'closed'),
  lock('2026-03', 'soft-closed'),
  lock('2026-04', 'open'),
  lock('2026-05', 'future'),
];

describe('the posting date', () => {
  test('is the work date while its period is open', () => {
    expect(postingDateFor('2026-04-17', year)).toBe('2026-04-17');
  });

  test('of a late entry is the first day of the first open period after it', () => {
    expect(postingDateFor('2026-01-31', year)).toBe('2026-04-01');
    expect(postingDateFor('2025-11-02', year)).toBe('2026-04-01');
  });

  test('of the controller may lie in a soft-closed period', () => {
    expect(postingDateFor('2026-03-31', year, 'controller')).toBe('2026-03-31');
    expect(postingDateFor('2026-01-31', year, 'controller')).toBe('2026-03-01');
    expect(postingDateFor('2026-03-31', year)).toBe('2026-04-01');
  });

  test('goes back into a reopened period', () => {
    const reopened = year.map((one) => (one.month === '2026-02' ? lock('2026-02', 'reopened') : one));
    expect(postingDateFor('2026-01-31', reopened)).toBe('2026-02-01');
    expect(postingDateFor('2026-02-10', reopened)).toBe('2026-02-10');
  });

  test('is refused where no period is open from the work date on, or books are mixed', () => {
    expect(code(() => postingDateFor('2026-05-01', year))).toBe('PERIOD_NOT_OPEN');
    expect(code(() => postingDateFor('2026-05-01', []))).toBe('PERIOD_NOT_OPEN');
    expect(code(() => postingDateFor('2026-04-01', [...year, lock('2026-04', 'open', 'tax')]))).toBe('PERIOD_MIXED');
    expect(code(() => postingDateFor('2026-02-30', year))).toBe('DATE_INVALID');
  });
});

describe('posting into a period', () => {
  const post = (postedOn: string, poster?: 'controller', book = 'ifrs') =>
    code(() => {
      assertPostable({ legalEntityId: 'TL-UK', book, postedOn }, year, poster);
    });

  test.each([
    ['2026-02-01', undefined, 'PERIOD_CLOSED'],
    ['2026-03-01', undefined, 'PERIOD_CLOSED'],
    ['2026-03-01', 'controller', 'nothing refused'],
    ['2026-04-30', undefined, 'nothing refused'],
    ['2026-05-01', 'controller', 'PERIOD_CLOSED'],
    ['2027-01-01', undefined, 'PERIOD_CLOSED'],
  ] as const)('on %s by %s: %s', (postedOn, poster, outcome) => {
    expect(post(postedOn, poster)).toBe(outcome);
  });

  test('of a book that has no such period is refused', () => {
    expect(post('2026-04-30', undefined, 'us-gaap')).toBe('PERIOD_CLOSED');
  });
});

describe('the life of a period', () => {
  test('goes forward step by step', () => {
    expect(movePeriod(lock('2026-05', 'future'), 'open', [person('a')]).state).toBe('open');
    expect(code(() => movePeriod(lock('2026-05', 'open'), 'closed', [person('a')]))).toBe('TRANSITION_REFUSED');
    expect(code(() => movePeriod(lock('2026-05', 'closed'), 'open', [person('a')]))).toBe('TRANSITION_REFUSED');
  });

  test('a closed one is reopened by two persons, not by one twice and not by a machine', () => {
    const closed = lock('2026-02', 'closed');
    expect(movePeriod(closed, 'reopened', [person('a'), person('b')])).toEqual(lock('2026-02', 'reopened'));
    const machine = { ...person('system:throughline'), roles: [] };
    expect(code(() => movePeriod(closed, 'reopened', [person('a'), person('a')]))).toBe('SECOND_PERSON_MISSING');
    expect(code(() => movePeriod(closed, 'reopened', [person('a'), machine]))).toBe('SECOND_PERSON_MISSING');
    expect(movePeriod(lock('2026-02', 'reopened'), 'closed', [person('a')]).state).toBe('closed');
  });
});
