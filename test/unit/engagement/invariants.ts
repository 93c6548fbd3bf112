/**
 * What holds after every single fact, whatever happened: checked by the simulated world in every test, so that each
 * business case is a test of these too.
 */
import { isOver, nextWork, stepsToUndo } from '../../../domain/engagement/agenda.ts';
import { details } from '../../../domain/engagement/details.ts';
import type { EngagementState, InstantMs, SagaState } from '../../../domain/engagement/state.ts';
import { obstacles, summaryOf } from '../../../domain/engagement/view.ts';
import { allowedFrom, type EngagementStage, TRANSITIONS } from '../../../domain/lifecycle.ts';

function insist(holds: boolean, what: string): void {
  if (!holds) throw new Error(`invariant broken: ${what}`);
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return false;
  for (const key in value) if (!isJson((value as Record<string, unknown>)[key])) return false;
  return true;
}

/** Throws when a fact brought the state where it must never be. */
export function checkInvariants(before: EngagementState, after: EngagementState, now: InstantMs): void {
  insist(isJson(after), 'the state is JSON and nothing else: no undefined, no NaN');
  insist(after.turn === before.turn + 1, 'each fact is one turn');
  const steps = after.sagas.flatMap((saga) => saga.steps);
  insist(steps.filter((step) => step.inFlight).length <= 1, 'one call in flight');
  insist(new Set(steps.map((step) => step.key)).size === steps.length, 'keys are unique');
  insist(
    steps.every((step) => /^[A-Za-z0-9_-]{1,64}$/.test(step.key)),
    'keys suit every system',
  );
  insist(!after.inbox.kept || mayEndUnread(after), 'news are left to a next run only where there may be one');
  checkStages(before, after);
  for (const invoice of after.invoices) {
    const known = before.invoices.find((candidate) => candidate.invoiceId === invoice.invoiceId);
    if (known) insist(reachable('invoice', known.state, invoice.state), `invoice ${known.state} > ${invoice.state}`);
  }
  for (const saga of after.sagas) checkSaga(before, saga);
  checkReading(after, now);
  checkMoney(after, now);
}

/** The run ends, or ended, or its start may still be refused. */
function mayEndUnread({ cancelRequested, stage, refuseIfInvalid }: EngagementState): boolean {
  return cancelRequested || stage === 'cancelled' || refuseIfInvalid;
}

function checkStages(before: EngagementState, after: EngagementState): void {
  const news = after.unpublished.filter((entry) => entry.seq > before.counters.timeline);
  let stage: EngagementStage = before.stage;
  for (const entry of news.filter(({ kind }) => kind === 'stage')) {
    const to = entry.title.replace('Engagement is ', '') as EngagementStage;
    insist(allowedFrom('engagement', stage).includes(to), `stage ${stage} > ${to} is listed`);
    stage = to;
  }
  insist(stage === after.stage, `the timeline tells of ${before.stage} > ${after.stage}`);
}

function reachable(machine: 'invoice', from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const state of seen) for (const next of TRANSITIONS[machine][state] ?? []) seen.add(next);
  return seen.has(to);
}

function checkSaga(before: EngagementState, saga: SagaState): void {
  const known = before.sagas.find((candidate) => candidate.id === saga.id);
  for (const [index, step] of saga.steps.entries()) {
    const was = known?.steps[index];
    if (was?.status === 'verified')
      insist(step.status !== 'pending', `${step.key} is not done again after it was verified`);
    if (was?.status === 'undone') insist(step.status === 'undone', `${step.key} stays undone`);
    if (was?.begun) insist(step.begun, `${step.key} stays begun`);
    if (was && was.status !== 'undone' && step.status === 'undone') {
      insist(known !== undefined && stepsToUndo(known)[0]?.key === step.key, `${step.key} is undone in its turn`);
    }
  }
}

/** Reading is always possible and never changes anything. */
function checkReading(state: EngagementState, now: InstantMs): void {
  const inFlight = state.sagas.some((saga) => saga.steps.some((step) => step.inFlight));
  if (!inFlight) {
    const next = nextWork(state, now);
    insist(JSON.stringify(nextWork(state, now)) === JSON.stringify(next), 'the same question has the same answer');
    if (next.wakeAt !== undefined) insist(next.wakeAt > now, 'what is not due lies ahead');
  }
  insist(details(state, now).length < 20_000, 'the page fits');
  for (const obstacle of obstacles(state)) insist(obstacle.ownerRole.length > 0, 'an obstacle names a role');
}

function checkMoney(state: EngagementState, now: InstantMs): void {
  const summary = summaryOf(state, now);
  const posted = state.invoices.filter((invoice) => ['posted', 'part-paid', 'paid'].includes(invoice.state));
  for (const currency of summary.currencies) {
    const own = posted.filter((invoice) => invoice.total.currency === currency);
    const totals = own.map((invoice) => invoice.total.amountMinor);
    const unpaid = own.map((invoice) => invoice.unpaidMinor);
    const add = (amounts: number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);
    const of = (amounts: { amountMinor: number; currency: string }[]): number | undefined =>
      amounts.find((amount) => amount.currency === currency)?.amountMinor;
    insist(of(summary.billed) === add(totals), `billed ${currency} is the sum of posted invoices`);
    insist(
      of(summary.paid) === add(totals) - add(unpaid),
      `paid ${currency} is what posted invoices are not owed any more`,
    );
  }
}

/** An engagement waits for these without anybody being asked: a customer's acceptance, and a customer's money. */
export function waitsForOutside(state: EngagementState): boolean {
  const milestone = state.milestones.some(({ state: at }) =>
    ['planned', 'in-progress', 'delivered', 'rejected'].includes(at),
  );
  const money = state.invoices.some(({ state: at }) => at === 'posted' || at === 'part-paid');
  return state.stage === 'active' || state.stage === 'completing' ? milestone || money : false;
}

/** When nothing is due and nothing will be: it is over, somebody is named, or the world outside has to move. */
export function checkNobodyWaitsSilently(state: EngagementState, now: InstantMs): void {
  const next = nextWork(state, now);
  insist(next.due === undefined, 'nothing is due');
  if (next.wakeAt !== undefined || isOver(state) || obstacles(state).length > 0) return;
  insist(waitsForOutside(state), `somebody waits silently in stage ${state.stage}`);
}
