/**
 * What an event does that comes late or out of order, as one decision: by where the entry it concerns stands, and
 * whether the entry's period is still open (domain.md, Late and out-of-order events). Posted documents are never
 * edited, and closed periods never change: what they lack goes into the first open one.
 */
import { DomainError } from '../errors.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';

/** What arrives late. */
export type LateEvent =
  | 'time-corrected'
  | 'approval-before-entry'
  | 'rate-changed'
  | 'contract-amended'
  | 'milestone-unaccepted'
  | 'payment-before-invoice'
  | 'duplicate-same-content'
  | 'duplicate-other-content';

/** Where the entry stands that the event concerns. */
export type Standing = 'not-billed' | 'on-draft' | 'posted';

/** What is to be done. */
export type Effect =
  /** A new revision of the entry replaces the earlier one. */
  | 'revise'
  | 'recompute-draft'
  /** The posted entry is taken back and written anew. */
  | 'reversal-pair'
  | 'credit-and-rebill'
  /** Waits for its entry until a date; then a person is asked. */
  | 'park-until-entry'
  | 're-rate-on-request'
  /** Tells what billing at the other rate would have given. */
  | 'report-exposure'
  | 'offer-rebill'
  /** The difference as one row of the first open period. */
  | 'adjustment-row'
  | 're-plan'
  | 'void-and-redraft'
  /** A person chooses: credit and rebill, or the difference on the next invoice. */
  | 'credit-and-rebill-or-next-invoice'
  /** Cumulative catch-up of revenue. */
  | 'catch-up'
  | 'hold'
  | 'drop-line'
  | 'credit-memo'
  /** Contract asset or liability follows what is no longer earned. */
  | 'adjust-contract-balance'
  /** Money stays with the customer's account until there is an invoice. */
  | 'keep-unapplied'
  | 'allocate'
  | 'ignore'
  /** A person must see it: the same key with other content. */
  | 'raise-exception';

interface Row extends Readonly<Record<Standing, readonly Effect[]>> {
  /** What a closed period adds. */
  closed: readonly Effect[];
}

const NOTHING: readonly Effect[] = [];
const same = (effect: Effect): Row => ({
  ...{ 'not-billed': [effect], 'on-draft': [effect], posted: [effect] },
  closed: NOTHING,
});

/** The table, row by row; an empty cell cannot happen. */
const TABLE: Readonly<Record<LateEvent, Row>> = {
  'time-corrected': {
    'not-billed': ['revise'],
    'on-draft': ['recompute-draft'],
    posted: ['reversal-pair', 'credit-and-rebill'],
    closed: NOTHING,
  },
  'approval-before-entry': {
    'not-billed': ['park-until-entry'],
    'on-draft': NOTHING,
    posted: NOTHING,
    closed: NOTHING,
  },
  'rate-changed': {
    'not-billed': ['re-rate-on-request'],
    'on-draft': ['recompute-draft'],
    posted: ['report-exposure', 'offer-rebill'],
    closed: ['adjustment-row'],
  },
  'contract-amended': {
    'not-billed': ['re-plan'],
    'on-draft': ['void-and-redraft'],
    posted: ['credit-and-rebill-or-next-invoice'],
    closed: ['catch-up'],
  },
  'milestone-unaccepted': {
    'not-billed': ['hold'],
    'on-draft': ['drop-line'],
    posted: ['credit-memo'],
    closed: ['adjust-contract-balance'],
  },
  'payment-before-invoice': {
    'not-billed': ['keep-unapplied'],
    'on-draft': ['keep-unapplied'],
    posted: ['allocate'],
    closed: NOTHING,
  },
  'duplicate-same-content': same('ignore'),
  'duplicate-other-content': same('raise-exception'),
};

/** What to do, and in which period what is posted counts. */
export interface LateDecision {
  effects: readonly Effect[];
  postIn: 'own-period' | 'first-open-period';
  /** Until when a parked event waits; null when nothing waits. */
  parkedUntil: PlainDate | null;
}

/**
 * The decision on one late event. `parkDays` is how long an approval waits for its entry.
 * @throws LATE_EVENT_IMPOSSIBLE for an approval before an entry that is on an invoice already, DATE_INVALID
 */
export function decideLateEvent(
  event: LateEvent,
  at: { standing: Standing; period: 'open' | 'closed'; arrivedOn: PlainDate; parkDays: number },
): LateDecision {
  const { standing, period, arrivedOn, parkDays } = at;
  const row = TABLE[event];
  if (row[standing].length === 0) {
    const message = `${event} cannot happen to what is ${standing}`;
    throw new DomainError('LATE_EVENT_IMPOSSIBLE', message, { event, standing });
  }
  const isClosed = period === 'closed';
  return {
    effects: isClosed ? [...row[standing], ...row.closed] : row[standing],
    postIn: isClosed ? 'first-open-period' : 'own-period',
    parkedUntil: event === 'approval-before-entry' ? addDays(arrivedOn, parkDays) : null,
  };
}
