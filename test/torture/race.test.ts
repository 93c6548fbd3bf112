/**
 * Races for an approval, 500 rounds: decisions of several people, each sent twice, arrive within milliseconds of the
 * wait, some before it, while runs give way to the next. Each gets one definite answer, one of them wins, and none is
 * lost or taken twice.
 */
import { EngagementRuns } from '../../apps/api/engagements/engagement-runs.ts';
import { Problem } from '../../apps/api/http/problem.ts';
import type { Actor } from '../../domain/actor.ts';
import type { CallResult, Decision } from '../../domain/engagement/calls.ts';
import { engagementWorkflowId } from '../../domain/ids.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { renew } from '../../workflows/engagement/contract.ts';
import { person, World } from '../support/world.ts';

/** A retainer of 4,000.00 GBP a month, in arrears: every month has a draft. */
const TEMPLATE = '006TL00000000012AA';
const ENGAGEMENTS = 10;
const MONTHS = ['2031-02-01', '2031-03-01', '2031-04-01', '2031-05-01'];
/** Rounds of a month in which nobody who may approves: 10 engagements x 4 months x (12 + at least 1) = 520 or more. */
const REJECTIONS = 12;

interface Draft {
  sagaId: string;
  versionHash: string;
}

/** What a person was told, in the end. */
interface Told {
  updateId: string;
  answer: string;
}

/** Answers that tell a person where they stand; anything else would leave them in doubt. */
const DEFINITE = [
  'approved',
  'rejected',
  'APPROVAL_NOT_PENDING',
  'ROLE_MISSING',
  'PREPARER_IS_APPROVER',
  'APPROVAL_STALE',
];

describe('races for an approval', () => {
  const drafts = new Map<string, { waiting: ((draft: Draft) => void)[]; seen: Draft[] }>();
  const known = new Set<string>();
  let world: World;
  let runs: EngagementRuns;
  let rounds = 0;
  let contested = 0;
  let early = 0;
  beforeAll(async () => {
    world = await World.start({
      around: async (name, { dealId, sagaId }, proceed) => {
        const answer = await proceed();
        const draft = name === 'draftInvoice' ? (answer as CallResult).draft : undefined;
        if (draft) announce(dealId, { sagaId, versionHash: draft.hash });
        return answer;
      },
    });
    runs = new EngagementRuns(world.client);
  }, 60_000);
  afterAll(() => world.close());

  function queueOf(dealId: string): { waiting: ((draft: Draft) => void)[]; seen: Draft[] } {
    const queue = drafts.get(dealId) ?? { waiting: [], seen: [] };
    drafts.set(dealId, queue);
    return queue;
  }
  function announce(dealId: string, draft: Draft): void {
    // A local activity is made again when its workflow task was lost: the same draft, and no news.
    if (known.has(`${dealId} ${draft.sagaId}`)) return;
    known.add(`${dealId} ${draft.sagaId}`);
    const { waiting, seen } = queueOf(dealId);
    const next = waiting.shift();
    if (next) next(draft);
    else seen.push(draft);
  }
  /** The next draft, at the moment at which its activity has made it: the engagement does not know of it yet. */
  function nextDraft(dealId: string): Promise<Draft> {
    const { waiting, seen } = queueOf(dealId);
    const draft = seen.shift();
    return draft ? Promise.resolve(draft) : new Promise((resolve) => waiting.push(resolve));
  }

  function pause(maxMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.random() * maxMs));
  }

  async function tell(dealId: string, decision: Decision): Promise<Told> {
    const { updateId } = decision;
    try {
      return { updateId, answer: await runs.decide(engagementWorkflowId(SANDBOX_CRM, dealId), decision) };
    } catch (error) {
      if (error instanceof Problem) return { updateId, answer: error.code };
      throw error;
    }
  }

  /** One person insists until the approval is decided, by whomever; each decision is sent twice at once. */
  async function insist(
    dealId: string,
    { sagaId, versionHash }: Draft,
    verdict: 'approve' | 'reject',
    actor: Actor,
    isDecided: () => boolean,
  ): Promise<Told[]> {
    const told: Told[] = [];
    for (let attempt = 1; attempt === 1 || !isDecided(); attempt += 1) {
      if (attempt > 400) throw new Error(`${sagaId} of ${dealId} was never decided: ${JSON.stringify(told.slice(-4))}`);
      await pause(12 * attempt);
      const updateId = `${sagaId}-${actor.subject}-${String(attempt)}`;
      const command = { type: verdict, approvalId: `${sagaId}.approval`, versionHash };
      const decision: Decision = { updateId, actor, reason: 'race', command };
      const copies = await Promise.all([tell(dealId, decision), tell(dealId, decision)]);
      told.push(...copies);
      if (copies.some(({ answer }) => answer !== 'APPROVAL_NOT_PENDING')) break;
    }
    return told;
  }

  /** One round: who wins? */
  async function round(dealId: string, draft: Draft, rivals: ['approve' | 'reject', Actor][]): Promise<string> {
    rounds += 1;
    const state = { decided: false };
    const renewal = rounds % 5 === 0 ? world.handle(dealId).signal(renew) : Promise.resolve();
    const all = rivals.map(async ([verdict, actor]) => {
      const told = await insist(dealId, draft, verdict, actor, () => state.decided);
      if (told.some(({ answer }) => answer === 'approved' || answer === 'rejected')) state.decided = true;
      return told;
    });
    const told = (await Promise.all([renewal, ...all])).flatMap((answers) => answers ?? []);
    for (const { answer } of told) expect(DEFINITE).toContain(answer);
    early += told.filter(({ answer }) => answer === 'APPROVAL_NOT_PENDING').length;
    const winners = told.filter(({ answer }) => answer === 'approved' || answer === 'rejected');
    expect(new Set(winners.map(({ updateId }) => updateId)).size).toBe(1);
    expect(new Set(winners.map(({ answer }) => answer)).size).toBe(1);
    return winners[0]?.answer ?? '';
  }

  const approver = (name: string): Actor => person('fin-approver', `${name}@test.example`);

  /** One month: rejected again and again, then fought over until it is approved. Answers the number of rejections. */
  async function month(dealId: string, date: string): Promise<number> {
    let draft = nextDraft(dealId);
    const there = world.advance(dealId, date);
    for (let rejected = 0; ; rejected += 1) {
      const made = await draft;
      const isContested = rejected >= REJECTIONS;
      if (isContested) contested += 1;
      const winner = await round(dealId, made, [
        isContested ? ['approve', approver('ann')] : ['approve', person('delivery', 'without-the-role@test.example')],
        ['reject', approver('bob')],
        ...(isContested ? [] : [['reject', approver('cem')] as ['reject', Actor]]),
      ]);
      if (winner === 'approved') {
        await there;
        await world.until(dealId, 'billed', ({ state }) => state.sagas.every((saga) => saga.status === 'done'));
        return rejected;
      }
      draft = nextDraft(dealId);
      const retry: Decision = {
        updateId: `retry-${made.sagaId}`,
        actor: person('fin-preparer'),
        reason: null,
        command: { type: 'retry', sagaId: made.sagaId },
      };
      expect(await tell(dealId, retry)).toMatchObject({ answer: 'retrying' });
    }
  }

  async function play(dealId: string): Promise<void> {
    await world.decidePending(dealId, 'activation');
    await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
    let rejections = 0;
    for (const date of MONTHS) rejections += await month(dealId, date);
    const { state } = await world.look(dealId);
    const { events } = await world.handle(dealId).fetchHistory();
    expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).toBeTruthy();
    const invoices = state.invoices.map((invoice) => invoice.state);
    expect(invoices.filter((is) => is === 'void')).toHaveLength(rejections);
    expect(invoices.filter((is) => is === 'posted')).toHaveLength(MONTHS.length);
    // Written down once each: the activation, every rejection with its retry, every approval.
    const notes = await world.dataSource.query<{ count: string }[]>(
      `SELECT count(*) AS count FROM timeline WHERE engagement_id = $1 AND kind = 'decision'`,
      [state.engagementId],
    );
    expect(Number(notes[0]?.count)).toBe(1 + 2 * rejections + MONTHS.length);
  }

  test('500 rounds: one definite answer each, one winner, nothing lost', async () => {
    const deals = await Promise.all(
      Array.from({ length: ENGAGEMENTS }, async (_, index) => {
        const name = `race ${String(index)}`;
        return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE, name })).dealId;
      }),
    );
    for (const dealId of deals) await world.sandbox.act('close-deal', { dealId });
    await world.job({ job: 'poll', connectionId: SANDBOX_CRM });
    await Promise.all(deals.map(play));
    expect(rounds).toBeGreaterThanOrEqual(500);
    expect(contested).toBeGreaterThanOrEqual(ENGAGEMENTS * MONTHS.length);
    expect(early).toBeGreaterThan(0);
    const posted = await world.sandbox.objects('netsuite', 'invoice');
    expect(posted).toHaveLength(ENGAGEMENTS * MONTHS.length);
  }, 180_000);
});
