/**
 * The page that the Temporal Web UI shows of an engagement, in Markdown: somebody who opens only that understands where
 * it stands, what it waits for, since when, and who can act. Ids, amounts and company names; no names of people.
 */
import type { RecordType } from '../configuration.ts';
import { lookup } from '../lookup.ts';
import { formatMoney, type Money, money, sumByCurrency } from '../money/money.ts';
import { dateFromEpochDays } from '../time/plain-date.ts';
import { isOver, nextWork } from './agenda.ts';
import { rowOf, SAGA_TITLES } from './sagas.ts';
import type { EngagementState, InstantMs, SagaState, StepState } from './state.ts';
import { type Action, type Obstacle, obstacles, summaryOf } from './view.ts';
import { countedEntries } from './work-to-approve.ts';

const STAGES = ['received', 'validating', 'provisioning', 'ready', 'active', 'completing', 'closed'] as const;
const GAP = '\u00a0\u00a0';
const MINUTES_PER_DAY = 1440;
/** Characters of a page; a longer one is cut, says so, and keeps its ids. */
const PAGE_LENGTH_MAX = 19_000;

/** 'YYYY-MM-DD HH:MM UTC'. */
function time(at: InstantMs): string {
  const minutes = Math.floor(at / 60_000);
  const ofDay = minutes - Math.floor(minutes / MINUTES_PER_DAY) * MINUTES_PER_DAY;
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = dateFromEpochDays(Math.floor(minutes / MINUTES_PER_DAY));
  return `${day} ${pad(Math.floor(ofDay / 60))}:${pad(ofDay % 60)} UTC`;
}

/** Pipes and line breaks would break the tables, and a sentence or heading that other systems had a word in. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  // The Web UI draws tables without padding: a no-break space keeps cells apart. Not in the line under the head: with
  // anything but dashes and plain spaces in it, all of it is no table but text.
  const line = (cells: string[]): string => `| ${cells.map((text) => `${cell(text)}${GAP}`).join(' | ')} |`;
  const ruler = `| ${head.map(() => '---').join(' | ')} |`;
  return [line(head), ruler, ...rows.map(line)].join('\n');
}

/** An approval is for any of its roles; of everything else one role is the owner. */
function whoCanAct({ kind, ownerRole, roles }: Obstacle): string {
  return kind === 'approval' ? roles.join(' or ') : ownerRole;
}

function whatThen({ kind, nextAttemptAt, needsHuman, actions }: Obstacle): string {
  if (kind === 'attention') return actions.length === 0 ? '' : 'nothing waits for it';
  if (nextAttemptAt === null) return 'waits for a person';
  const again = `tried again at ${time(nextAttemptAt)}`;
  return needsHuman ? `a person repairs it; ${again}` : again;
}

/** What can be asked for, with the id to name: `retry billing.3`. */
function actionsOf({ actions, sagaId, approvalId, noteId }: Obstacle): string {
  const ids: Partial<Record<Action, string | null>> = {
    approve: approvalId,
    reject: approvalId,
    acknowledge: noteId,
    cancel: null,
  };
  const named = actions.map((action) => [action, action in ids ? ids[action] : sagaId]);
  return named.map((words) => words.filter(Boolean).join(' ')).join(', ');
}

function obstacleRow(obstacle: Obstacle): string[] {
  return [
    obstacle.kind.toUpperCase(),
    obstacle.message,
    obstacle.code,
    obstacle.since === null ? '' : time(obstacle.since),
    whoCanAct(obstacle),
    actionsOf(obstacle),
    obstacle.amount ? formatMoney(obstacle.amount) : '',
    whatThen(obstacle),
  ];
}

function stepMark(saga: SagaState, step: StepState): string {
  if (step.status !== 'pending') return step.status;
  if (step.inFlight) return `${step.phase} in flight`;
  if (step.blocked) return 'blocked';
  return step.begun ? `${step.phase} due` : saga.status === 'undoing' ? 'not begun' : 'pending';
}

/** Which record a step of set-up makes. */
const RECORD_OF_STEP: Readonly<Record<string, RecordType>> = {
  erpCustomer: 'customer',
  psaProject: 'project',
  erpContract: 'contract',
};

/** An id, as a link where the installation says where a person opens it. */
function link(
  state: EngagementState,
  legalEntityId: string | null,
  type: RecordType | undefined,
  id: string,
  erpConnectionId = '',
): string {
  const entity = state.entities.find((candidate) => candidate.legalEntityId === legalEntityId);
  const urls = lookup(entity?.erpUrls ?? {}, erpConnectionId) ?? entity?.recordUrls;
  const template = type && urls?.[type];
  return template ? `[${id}](${template.replace('{id}', encodeURIComponent(id))})` : id;
}

function stepRow(state: EngagementState, saga: SagaState, step: StepState): string[] {
  const row = rowOf(saga.kind, step.name);
  const undo = row.undo === undefined ? 'nothing' : row.undo === 'keep' ? 'compensated forward' : row.undo;
  const record = RECORD_OF_STEP[step.name];
  const there = step.ref ? link(state, step.legalEntityId, record, step.ref, saga.scope.erpMove?.to) : '';
  return [row.title, step.legalEntityId ?? '', stepMark(saga, step), there, undo];
}

function sagaSection(state: EngagementState, saga: SagaState): string {
  const head = ['Step', 'Legal entity', 'State', 'Id there', 'Undo'];
  const about = [
    saga.scope.month,
    saga.scope.currency,
    saga.scope.untilExclusive && `work before ${saga.scope.untilExclusive}`,
    saga.scope.erpMove && `${saga.scope.erpMove.from} to ${saga.scope.erpMove.to} from ${saga.scope.erpMove.on}`,
    saga.waiting && `not in it: ${countedEntries(saga.waiting)} not approved yet`,
  ];
  const which = [saga.id, ...about.filter(Boolean)].join(', ');
  const title = `### ${SAGA_TITLES[saga.kind]} (${which}): ${saga.parked ? 'parked' : saga.status}`;
  const cause = saga.cause ? `\nUndone because: ${saga.cause.message}\n` : '';
  return `${title}\n${cause}\n${table(
    head,
    saga.steps.map((step) => stepRow(state, saga, step)),
  )}`;
}

/** What is being done this moment, or null. */
function inFlight(state: EngagementState): string | null {
  for (const saga of state.sagas) {
    const step = saga.steps.find((candidate) => candidate.inFlight);
    if (step) return `${rowOf(saga.kind, step.name).title}, ${step.phase}`;
  }
  return null;
}

function sentence(state: EngagementState, now: InstantMs): string {
  const all = obstacles(state);
  if (isOver(state)) return ['Ended.', ...all.map(({ code, message }) => `${message} (${code}).`)].join(' ');
  const [first] = all;
  if (first && first.kind !== 'attention')
    return `**Waits: ${first.message}** (${first.code}), can be moved by **${whoCanAct(first)}**`;
  const calm = calmSentence(state, now);
  if (!first) return calm;
  return `${calm} **To be acknowledged: ${first.message}** (${first.code}), by **${whoCanAct(first)}**`;
}

function calmSentence(state: EngagementState, now: InstantMs): string {
  const doing = inFlight(state);
  if (doing !== null) return `Nothing is stuck. At work: ${doing}.`;
  const { wakeAt } = nextWork(state, now);
  if (wakeAt !== undefined && wakeAt > now) return `Nothing is stuck. Next by itself: ${time(wakeAt)}`;
  return 'Nothing is stuck. Waits for news from the systems.';
}

/** Approved work above a not-to-exceed amount, that no invoice takes. */
function held({ groups }: EngagementState): Money[] {
  return groups.filter((group) => group.heldMinor > 0).map((group) => money(group.heldMinor, group.currency));
}

/** The page at an instant. */
export function details(state: EngagementState, now: InstantMs): string {
  const summary = summaryOf(state, now);
  const sums = (amounts: Money[]): string => amounts.map(formatMoney).join(', ') || '0';
  const stageLine = STAGES.map((stage) => (stage === state.stage ? `**[${stage}]**` : stage)).join(' > ');
  const parts = [
    cell(`# ${summary.contractName ?? `Deal ${state.dealId}`}: ${state.stage}`),
    cell(sentence(state, now)),
    STAGES.some((stage) => stage === state.stage) ? stageLine : `Stage: **${state.stage}**`,
    table(
      ['Customer', 'Contract value', 'Billed', 'Paid', 'Recognised', 'On hold'],
      [
        [
          summary.customerName ?? '?',
          sums(summary.contractValue),
          sums(summary.billed),
          sums(summary.paid),
          sums(summary.recognised),
          sums(sumByCurrency(held(state))),
        ],
      ],
    ),
    table(
      ['What', 'Why', 'Code', 'Since', 'Who can act', 'Actions', 'Money held up', 'Then'],
      summary.obstacles.map(obstacleRow),
    ),
    ...state.sagas.map((saga) => sagaSection(state, saga)),
    table(
      ['Invoice', 'Legal entity', 'ERP', 'State', 'Total', 'Unpaid (minor units)', 'Due'],
      state.invoices.map((i) => [
        i.erpRef
          ? link(state, i.legalEntityId, 'invoice', i.erpRef, i.erpConnectionId).replace(
              `[${i.erpRef}]`,
              `[${i.number ?? i.erpRef}]`,
            )
          : i.invoiceId,
        i.legalEntityId,
        i.erpConnectionId ?? '',
        i.state,
        formatMoney(i.total),
        String(i.unpaidMinor),
        i.dueOn,
      ]),
    ),
    table(
      ['Milestone', 'State', 'Amount'],
      state.milestones.map((m) => [m.name, m.state, formatMoney(m.amount)]),
    ),
    identity(state),
  ];
  const page = parts.filter((part) => part !== '').join('\n\n');
  if (page.length <= PAGE_LENGTH_MAX) return page;
  const rest = `... The page is cut here; the API has the rest.\n\n${identity(state)}`;
  return `${page.slice(0, PAGE_LENGTH_MAX - rest.length)}${rest}`;
}

/** The ids that other people know the engagement by. */
function identity({ engagementId, dealId, dealUrl, connectionId, correlationId }: EngagementState): string {
  const deal = dealUrl ? `[${dealId}](${dealUrl})` : `\`${dealId}\``;
  return `Engagement \`${engagementId}\`, deal ${deal} in \`${connectionId}\`, correlation \`${correlationId}\``;
}
