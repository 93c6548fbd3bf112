// Plays engagements end to end on the running system: people act through the API and in the simulated systems, time is
// moved by the server, and what happens is printed as the timeline tells it. Resumes where it stood.
import { Client, Connection } from '@temporalio/client';
import { advanceTo, supportsTimeSkipping, virtualNow } from '../../temporal-config/advance.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { CONNECTION_JOB, CONNECTIONS_TASK_QUEUE } from '../../workflows/connection/contract.ts';
import type { TimelineEntry } from '../../domain/engagement/state.ts';
import { engagementWorkflowId } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money/money.ts';
import { startOfDayMs } from '../../domain/time/calendar.ts';
import { todayOf } from '../../domain/engagement/agenda.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { printBoard } from './board.ts';
import { type ApiClient, apiClient, type PlayTarget, type SandboxClient, sandboxClient } from './clients.ts';
import { type Announce, type Cast, sandboxCast } from './cast.ts';
import { approve, giveTaxProfile, milestoneDates, repair } from './people.ts';
import type { Scenario } from './scenarios.ts';
import { trytonCast, type TrytonOfDemo } from './tryton-cast.ts';

const CRM = 'sf-emea';
const MINUTE_MS = 60_000;
const QUIET_POLL_MS = 120;
/** The longest that one scenario may stand still, real time. */
const STANDSTILL_MS = 90_000;

interface Stage {
  api: ApiClient;
  sandbox: SandboxClient;
  cast: Cast;
  announce: Announce;
  client: Client;
  connection: Connection;
  namespace: string;
  print: (line: string) => void;
}

/**
 * Plays all scenarios; with `once`, compares the outcome with the systems' own books and answers whether they agree.
 */
export async function play(options: {
  /** `tryton`: the PSA and ERP of the run, where they are not simulated. */
  run: PlayTarget & { tryton?: TrytonOfDemo };
  once: boolean;
  print: (line: string) => void;
}): Promise<{ ok: boolean }> {
  const { run: target, once, print } = options;
  const connection = await Connection.connect({ address: target.temporalAddress });
  const client = new Client({ connection, namespace: target.namespace, dataConverter });
  const api = apiClient(target);
  const sandbox = sandboxClient(target.sandboxUrl);
  const cast = target.tryton ? trytonCast(target.tryton, api) : sandboxCast(sandbox);
  const stage: Stage = {
    ...{ api, sandbox, cast },
    announce: (connectionId) => readChanges(client, connectionId),
    client,
    connection,
    namespace: target.namespace,
    print,
  };
  try {
    if (!(await supportsTimeSkipping(connection, target.namespace))) {
      print('This Temporal server cannot skip time: engagements are set up, and months pass at their own pace.');
    }
    for (const [index, scenario] of cast.scenarios.entries())
      await playScenario(stage, scenario, `${String(index + 1)}/${String(cast.scenarios.length)}`);
    printBoard(await stage.api.board(), print);
    print('  Engagements were moved through months, the other systems were not: times between the two are not real.');
    return { ok: once ? await cast.prove(api, print) : true };
  } finally {
    await connection.close();
  }
}

async function playScenario(stage: Stage, scenario: Scenario, position: string): Promise<void> {
  const { print, sandbox } = stage;
  print('');
  print(`[${position}] ${scenario.title}: ${scenario.story}`);
  const engagementId = await open(stage, scenario);
  const printed = { seq: 0 };
  const dates = await milestoneDates(sandbox, scenario.dealId);
  const before = await stage.api.snapshot(engagementId);
  if (before.summary.stage === 'closed') return print(`  closed before: ${outcome(before)}`);
  let movedAt = Date.now();
  for (;;) {
    const snapshot = await quiet(stage, engagementId);
    await tell(stage, snapshot, printed);
    if (snapshot.state.stage === 'closed') return print(`  closed: ${outcome(snapshot)}`);
    if (await act(stage, snapshot, scenario, dates)) movedAt = Date.now();
    else if (await moveOn(stage, snapshot, scenario, dates)) movedAt = Date.now();
    if (Date.now() - movedAt > STANDSTILL_MS)
      throw new Error(`engagement ${engagementId} stands still: see it in the Temporal Web UI`);
  }
}

/** Closes the deal in the CRM unless that was done before, and waits for the engagement that the notice opens. */
async function open(stage: Stage, { dealId, prepare }: Scenario): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await stage.api.list()).find((engagement) => engagement.dealId === dealId)?.engagementId;
  const known = await find();
  if (known) return known;
  const deals = await stage.sandbox.objects('salesforce', 'Opportunity');
  if (deals.find(({ id }) => id === dealId)?.object.IsWon !== true) {
    await prepare?.(stage.sandbox);
    await stage.sandbox.act('close-deal', { dealId });
  }
  for (let waited = 0; waited < STANDSTILL_MS; waited += QUIET_POLL_MS) {
    const found = await find();
    if (found) return found;
    await pause(QUIET_POLL_MS);
  }
  throw new Error(`no engagement appeared for deal ${dealId}`);
}

/** What people do at once when they see the engagement like this. */
async function act(
  stage: Stage,
  snapshot: EngagementSnapshot,
  scenario: Scenario,
  dates: ReadonlyMap<string, PlainDate>,
): Promise<boolean> {
  const { api, sandbox, cast, announce } = stage;
  if (await giveTaxProfile(sandbox, snapshot)) return true;
  if ((await repair(api, snapshot)) || (await approve(api, snapshot))) return true;
  const today = await businessDate(stage, snapshot);
  if (today === undefined) return false;
  if (await cast.pay(snapshot, today, announce)) return true;
  if (snapshot.state.stage !== 'active') return false;
  const worked = await cast.work(snapshot, scenario, today, announce);
  const delivered = await cast.deliver(snapshot, dates, today, announce);
  return worked || delivered;
}

async function businessDate(stage: Stage, { state }: EngagementSnapshot): Promise<PlainDate | undefined> {
  const lead = state.entities[0];
  if (!lead) return undefined;
  return todayOf(lead, await virtualNow(stage.connection, stage.namespace, engagementWorkflowId(CRM, state.dealId)));
}

/** Has the connection's changes read now instead of at its next poll. */
async function readChanges(client: Client, connectionId: string): Promise<void> {
  await client.workflow.execute(CONNECTION_JOB, {
    taskQueue: CONNECTIONS_TASK_QUEUE,
    workflowId: `job:demo-poll:${connectionId}:${String(Date.now())}`,
    args: [{ job: 'poll', connectionId }],
  });
}

/** Nobody has anything to do: time moves to the next thing that happens by itself, or to the next milestone. */
async function moveOn(
  stage: Stage,
  snapshot: EngagementSnapshot,
  scenario: Scenario,
  dates: ReadonlyMap<string, PlainDate>,
): Promise<boolean> {
  const { state, wakeAt } = snapshot;
  const lead = state.entities[0];
  const due = state.milestones
    .filter((milestone) => ['planned', 'in-progress', 'delivered'].includes(milestone.state))
    .flatMap(({ milestoneId }) => dates.get(milestoneId) ?? [])
    .sort()[0];
  const milestoneAt = lead && due && state.stage === 'active' ? startOfDayMs(lead.calendar, due) : undefined;
  const target = Math.min(wakeAt ?? Infinity, milestoneAt ?? Infinity);
  if (!Number.isFinite(target)) {
    await pause(QUIET_POLL_MS);
    return false;
  }
  if (lead && state.stage === 'active') {
    await stage.cast.work(snapshot, scenario, todayOf(lead, target), stage.announce);
  }
  const workflowId = engagementWorkflowId(CRM, state.dealId);
  try {
    await advanceTo(stage.connection, stage.namespace, workflowId, target + MINUTE_MS);
  } catch (error) {
    // An engagement that closes on the way cannot be moved further.
    if ((await stage.api.snapshot(state.engagementId)).state.stage !== 'closed') throw error;
  }
  return true;
}

/** A snapshot in which nothing is under way. */
async function quiet(stage: Stage, engagementId: string): Promise<EngagementSnapshot> {
  for (let turn = -1, waited = 0; waited < STANDSTILL_MS; waited += QUIET_POLL_MS) {
    const snapshot = await stage.api.snapshot(engagementId);
    const { state } = snapshot;
    const busy = state.inbox.announced || state.sagas.some((saga) => saga.steps.some((step) => step.inFlight));
    if (!busy && state.turn === turn) return snapshot;
    turn = state.turn;
    await pause(QUIET_POLL_MS);
  }
  return stage.api.snapshot(engagementId);
}

async function tell(stage: Stage, { state }: EngagementSnapshot, printed: { seq: number }): Promise<void> {
  const { engagementId } = state;
  const lead = state.entities[0];
  for (const entry of await stage.api.timeline(engagementId, printed.seq)) {
    const amount = entry.amount ? ` ${formatMoney(entry.amount)}` : '';
    const when = lead ? todayOf(lead, entry.at) : new Date(entry.at).toISOString().slice(0, 10);
    if (isTold(entry)) stage.print(`  ${when}  ${entry.title}${amount}`);
    printed.seq = entry.seq;
  }
}

/**
 * Set-up is told step by step; later only what a person would tell: decisions, documents, money, and what went wrong.
 */
function isTold({ kind, sagaId }: TimelineEntry): boolean {
  if (kind === 'step' || kind === 'saga') return /^(validation|projectSetup)/.test(sagaId ?? '');
  return kind !== 'approval';
}

function outcome({ summary }: EngagementSnapshot): string {
  const money = (amounts: { amountMinor: number; currency: string }[]): string =>
    amounts.map(formatMoney).join(' + ') || 'nothing';
  const { billed, paid, recognised } = summary;
  return `billed ${money(billed)}, paid ${money(paid)}, recognised ${money(recognised)} (net of tax)`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
