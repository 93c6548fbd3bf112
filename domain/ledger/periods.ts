/**
 * Which accounting periods take postings, per legal entity and book, and where an entry goes whose own period no longer
 * does: it keeps its work date and is posted into the first open period after it, so that what was reported stays as it
 * was reported (domain.md, Change, credit, close; lifecycle.ts has the states).
 */
import { type Actor, isMachine } from '../actor.ts';
import { DomainError } from '../errors.ts';
import { type PeriodState, transition } from '../lifecycle.ts';
import { type Month, monthOf } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** A set of accounts under one set of rules, e.g. `primary`, `ifrs`, `us-gaap`, `tax`; each closes on its own. */
export type Book = string;

/** How far one period is closed. A month without a lock is a future one. */
export interface PeriodLock {
  legalEntityId: string;
  book: Book;
  month: Month;
  state: PeriodState;
}

/** Who posts: soft-closed periods take entries of the controller only. */
export type Poster = 'anyone' | 'controller';

/** True when the period takes an entry of that poster. */
export function takesPostings(state: PeriodState, poster: Poster): boolean {
  return state === 'open' || state === 'reopened' || (state === 'soft-closed' && poster === 'controller');
}

/**
 * The lock after a step of its life. Reopening needs two different persons; machines never decide it.
 * @throws TRANSITION_REFUSED, SECOND_PERSON_MISSING
 */
export function movePeriod(lock: PeriodLock, to: PeriodState, by: readonly Actor[]): PeriodLock {
  const state = transition('period', lock.state, to);
  const persons = new Set(by.filter((actor) => !isMachine(actor)).map((actor) => actor.subject));
  if (state === 'reopened' && persons.size < 2) {
    const { legalEntityId, book, month } = lock;
    const message = `${month} of ${legalEntityId} in ${book} is reopened by two persons, not ${String(persons.size)}`;
    throw new DomainError('SECOND_PERSON_MISSING', message, { legalEntityId, book, month, persons: [...persons] });
  }
  return { ...lock, state };
}

/**
 * The date on which an entry of that effective (work, document) date is posted: the date itself while its period takes
 * postings, else the first day of the first later period that does. `locks` are those of the entry's entity and book.
 * Source: domain.md, "Late entries keep their work date and take the first open period".
 * @throws PERIOD_NOT_OPEN when neither its own nor a later period takes postings, PERIOD_MIXED when the locks are of
 *   more than one entity or book, DATE_INVALID
 */
export function postingDateFor(
  effectiveOn: PlainDate,
  locks: readonly PeriodLock[],
  poster: Poster = 'anyone',
): PlainDate {
  const keys = new Set(locks.map(({ legalEntityId, book }) => `${legalEntityId} in ${book}`));
  if (keys.size > 1) {
    const message = `periods of ${[...keys].join(' and ')} cannot be looked up together`;
    throw new DomainError('PERIOD_MIXED', message, { keys: [...keys] });
  }
  const month = monthOf(effectiveOn);
  const taking = locks.filter((lock) => lock.month >= month && takesPostings(lock.state, poster));
  const first = taking.map((lock) => lock.month).sort()[0];
  if (first === undefined) {
    const message = `no period from ${month} on is open for an entry of ${effectiveOn}`;
    throw new DomainError('PERIOD_NOT_OPEN', message, { effectiveOn, month, poster });
  }
  return first === month ? effectiveOn : `${first}-01`;
}

/**
 * Nothing, when an entry may be posted on that date.
 * @throws PERIOD_CLOSED when its period takes no postings of that poster
 */
export function assertPostable(
  entry: { legalEntityId: string; book: Book; postedOn: PlainDate },
  locks: readonly PeriodLock[],
  poster: Poster = 'anyone',
): void {
  const { legalEntityId, book, postedOn } = entry;
  const month = monthOf(postedOn);
  const lock = locks.find((one) => one.legalEntityId === legalEntityId && one.book === book && one.month === month);
  const state = lock?.state ?? 'future';
  if (takesPostings(state, poster)) return;
  const message = `${month} of ${legalEntityId} in ${book} is ${state}: nothing is posted on ${postedOn}`;
  throw new DomainError('PERIOD_CLOSED', message, { legalEntityId, book, month, state, postedOn });
}
