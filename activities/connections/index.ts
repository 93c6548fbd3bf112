/**
 * The activities of connections: polling, dispatching the inbox, posting costs, reporting status, tidying up.
 * Set-based, idempotent, cursors in PostgreSQL.
 */
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { translated } from '../failures.ts';
import { type DispatchOptions, type DispatchResult, dispatchInbox, type Dispatcher } from './dispatch-inbox.ts';
import { pollCrm } from './poll-crm.ts';
import { pollErp } from './poll-erp.ts';
import { pollPsa } from './poll-psa.ts';
import { type CostResult, postCosts } from './post-costs.ts';
import { type ReportResult, reportStatus } from './report-status.ts';
import { connectionOf, type PollDependencies, type PollResult } from './source.ts';

export type { Dispatcher } from './dispatch-inbox.ts';

/** Rows forgotten by one statement: far less than what its time limit allows. */
const ROWS_PER_PAGE = 5_000;

const POLLS = { crm: pollCrm, psa: pollPsa, erp: pollErp };

/** The activity map of the connections' queue. */
export function createConnectionActivities(dependencies: PollDependencies & { dispatcher: Dispatcher }) {
  const { books, configuration } = dependencies;
  return {
    /** Takes one page of what changed in a system; call again while `more`. */
    pollConnection: ({ connectionId }: { connectionId: string }): Promise<PollResult> =>
      translated(() => POLLS[connectionOf(configuration, connectionId).capability](dependencies, connectionId)),

    /** Gives received facts to their engagements. */
    dispatchInbox: (options: DispatchOptions): Promise<DispatchResult> =>
      translated(() => dispatchInbox(dependencies, options)),

    /** Posts the cost of approved time to an ERP, for its legal entities; `asOf` is the business date of the run. */
    postCosts: (input: { connectionId: string; asOf: PlainDate }): Promise<CostResult> =>
      translated(() => postCosts(dependencies, input)),

    /** Tells a CRM or PSA how its engagements stand; call again while `more`. */
    reportStatus: (input: { connectionId: string; run: string }): Promise<ReportResult> =>
      translated(() => reportStatus(dependencies, input)),

    /** Removes a page of what is over, answers to API commands and claims on keys; call again while `more`. */
    forgetAnswers: (): Promise<{ forgotten: number; more: boolean }> =>
      translated(async () => {
        const answers = await books.idempotency.sweep(ROWS_PER_PAGE);
        const claims = await books.claims.sweep(ROWS_PER_PAGE);
        return { forgotten: answers + claims, more: Math.max(answers, claims) === ROWS_PER_PAGE };
      }),
  };
}

/** The activity map's type: what workflows call. */
export type ConnectionActivities = ReturnType<typeof createConnectionActivities>;
