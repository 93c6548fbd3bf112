/**
 * The page that the Temporal Web UI shows of an engagement, in Markdown: somebody who opens only that understands where
 * it stands, what it waits for, since when, and who can act. Ids, amounts and company names; no names of people.
 */
import type { RecordType } from '../configuration.ts';
import { formatMoney } from '../money/money.ts';
import { dateFromEpochDays } from '../time/plain-date.ts';
import { nextWork } from './agenda.ts';
import { rowOf, SAGA_TITLES } from './sagas.ts';
import type { EngagementState, InstantMs, SagaState, StepState } from './state.ts';
import { type Obstacle, obstacles, summaryOf } from './view.ts';

const STAGES = ['received', 'validating', 'provisioning', 'ready', 'active', 'completing', 'closed'] as const;
const GAP = '\u00a0\u00a0';
const MINUTES_PER_DAY = 1440;

/** 'YYYY-MM-DD HH:MM UTC'. */
function time(at: InstantMs): string {
  const minutes = Math.floor(at / 60_000);
  const ofDay = minutes - Math.floor(minutes / MINUTES_PER_DAY) * MINUTES_PER_DAY;
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = dateFromEpochDays(Math.floor(minutes / MINUTES_PER_DAY));
  return `${day} ${pad(Math.floor(ofDay / 60))}:${pad(ofDay % 60)} UTC`;
}

/** Pipes and line breaks would break the tables. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  // The Web UI draws tables without padding: a no-break space keeps cells apart.
  const line = (cells: string[]): string => `| ${cells.map((text) => `${cell(text)}${GAP}`).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function obstacleRow(obstacle: Obstacle): string[] {
  const retry =
    obstacle.nextAttemptAt === null ? 'waits for a person' : `tried again at ${time(obstacle.nextAttemptAt)}`;
  return [
    obstacle.kind.toUpperCase(),
    obstacle.message,
    obstacle.code,
    obstacle.since === null ? '' : time(obstacle.since),
    obstacle.ownerRole,
    obstacle.amount ? formatMoney(obstacle.amount) : '',
    retry,
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
function link(state: EngagementState, legalEntityId: string | null, type: RecordType | undefined, id: string): string {
  const entity = state.entities.find((candidate) => candidate.legalEntityId === legalEntityId);
  const template = type && entity?.recordUrls?.[type];
  return template ? `[${id}](${template.replace('{id}', encodeURIComponent(id))})` : id;
}

function stepRow(state: EngagementState, saga: SagaState, step: StepState): string[] {
  const row = rowOf(saga.kind, step.name);
  const undo = row.undo === undefined ? 'nothing' : row.undo === 'keep' ? 'compensated forward' : row.undo;
  const there = step.ref ? link(state, step.legalEntityId, RECORD_OF_STEP[step.name], step.ref) : '';
  return [row.title, step.legalEntityId ?? '', stepMark(saga, step), there, undo];
}

function sagaSection(state: EngagementState, saga: SagaState): string {
  const head = ['Step', 'Legal entity', 'State', 'Id there', 'Undo'];
  const about = [
    saga.scope.month,
    saga.scope.currency,
    saga.scope.untilExclusive && `work before ${saga.scope.untilExclusive}`,
  ];
  const which = [saga.id, ...about.filter(Boolean)].join(', ');
  const title = `### ${SAGA_TITLES[saga.kind]} (${which}): ${saga.parked ? 'parked' : saga.status}`;
  const cause = saga.cause ? `\nUndone because: ${saga.cause.message}\n` : '';
  return `${title}\n${cause}\n${table(
    head,
    saga.steps.map((step) => stepRow(state, saga, step)),
  )}`;
}

function sentence(state: EngagementState, now: InstantMs): string {
  const first = obstacles(state)[0];
  if (first) return `**Waits: ${first.message}** (${first.code}), can be moved by **${first.ownerRole}**`;
  const wakeAt = nextWork(state, now).wakeAt;
  if (wakeAt !== undefined && wakeAt > now) return `Nothing is stuck. Next by itself: ${time(wakeAt)}`;
  return state.stage === 'closed' || state.stage === 'cancelled'
    ? 'Ended.'
    : 'Nothing is stuck. Waits for news from the systems.';
}

/** The page at an instant. */
export function details(state: EngagementState, now: InstantMs): string {
  const summary = summaryOf(state, now);
  const money = (amounts: { amountMinor: number; currency: string }[]): string =>
    amounts.map(formatMoney).join(', ') || '0';
  const stageLine = STAGES.map((stage) => (stage === state.stage ? `**[${stage}]**` : stage)).join(' > ');
  const parts = [
    `# ${summary.contractName ?? `Deal ${state.dealId}`}: ${state.stage}`,
    sentence(state, now),
    STAGES.some((stage) => stage === state.stage) ? stageLine : `Stage: **${state.stage}**`,
    table(
      ['Customer', 'Contract value', 'Billed', 'Paid', 'Recognised'],
      [
        [
          summary.customerName ?? '?',
          money(summary.contractValue),
          money(summary.billed),
          money(summary.paid),
          money(summary.recognised),
        ],
      ],
    ),
    table(['What', 'Why', 'Code', 'Since', 'Who can act', 'Money held up', 'Then'], summary.obstacles.map(obstacleRow)),
    ...state.sagas.map((saga) => sagaSection(state, saga)),
    table(
      ['Invoice', 'Legal entity', 'State', 'Total', 'Unpaid (minor units)', 'Due'],
      state.invoices.map((i) => [
        i.erpRef
          ? link(state, i.legalEntityId, 'invoice', i.erpRef).replace(`[${i.erpRef}]`, `[${i.number ?? i.erpRef}]`)
          : i.invoiceId,
        i.legalEntityId,
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
  return parts
    .filter((part) => part !== '')
    .join('\n\n')
    .slice(0, 19_000);
}

/** The ids that other people know the engagement by. */
function identity({ engagementId, dealId, dealUrl, connectionId, correlationId }: EngagementState): string {
  const deal = dealUrl ? `[${dealId}](${dealUrl})` : `\`${dealId}\``;
  return `Engagement \`${engagementId}\`, deal ${deal} in \`${connectionId}\`, correlation \`${correlationId}\``;
}
