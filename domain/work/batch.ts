/**
 * Time and expenses that are approved in Throughline, because their PSA has no approval: what a batch is, what a
 * decision binds to, and when one is refused (operations.md 5, rules 1, 3, 5 and 8). A batch is the undecided work of
 * one engagement and legal entity in one month, because a month is what is billed and recognised.
 */
import { type Actor, actsFor, isMachine, personOf, personsOf, type Role } from '../actor.ts';
import { compareText } from '../compare-text.ts';
import type { Connection } from '../configuration.ts';
import type { EngagementStage } from '../lifecycle.ts';
import { lookup } from '../lookup.ts';
import { money, type Money, sumByCurrency } from '../money/money.ts';
import type { Month } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** Which batch. */
export interface WorkBatch {
  engagementId: string;
  legalEntityId: string;
  month: Month;
}

/** A revision of time or an expense that waits for a decision, as the PSA told it. */
export interface WorkEntry {
  kind: 'time' | 'expense';
  connectionId: string;
  entryId: string;
  version: string;
  /** Whose work it is, as the PSA knows people. */
  resourceId: string;
  workedOn: PlainDate;
  /** Role of time, category of an expense. */
  role: string;
  /** Of time. */
  minutes: number | null;
  /** Of an expense, with its currency. */
  amountMinor: number | null;
  currency: string | null;
  billable: boolean;
}

/** What a person says about a batch. */
export type WorkVerdict = 'approved' | 'rejected';

/** Roles that decide on work (operations.md 5). */
export const WORK_APPROVERS: readonly Role[] = ['delivery'];

/** Stages in which work may become approved: before them set-up can be undone, after them nothing is billed. */
const TAKES_WORK: readonly EngagementStage[] = ['active', 'completing'];

const BATCH_ID = /^([^.]+)\.(.+)\.(\d{4}-(?:0[1-9]|1[0-2]))$/;

/** The id of a batch: its three parts, joined by dots; only the middle one may have dots itself. */
export function batchIdOf({ engagementId, legalEntityId, month }: WorkBatch): string {
  return `${engagementId}.${legalEntityId}.${month}`;
}

/** The batch behind an id, or undefined when the text is none. */
export function readBatchId(text: string): WorkBatch | undefined {
  const [, engagementId, legalEntityId, month] = BATCH_ID.exec(text) ?? [];
  if (engagementId === undefined || legalEntityId === undefined || month === undefined) return undefined;
  return { engagementId, legalEntityId, month };
}

/** What a decision on part of a batch names an entry by. */
export function entryKeyOf({
  kind,
  connectionId,
  entryId,
}: Pick<WorkEntry, 'kind' | 'connectionId' | 'entryId'>): string {
  return `${kind}:${connectionId}:${entryId}`;
}

/**
 * What the content hash of a batch covers: everything that a person approves by approving it. The same entries give the
 * same value in whatever order they come; any other version, quantity, date, role or entry gives another one.
 */
export function contentOf(batch: WorkBatch, entries: readonly WorkEntry[]): readonly unknown[] {
  const rows = [...entries]
    .sort((a, b) => compareText(entryKeyOf(a), entryKeyOf(b)) || compareText(a.version, b.version))
    .map(({ version, workedOn, role, minutes, amountMinor, currency, billable, resourceId, ...entry }) => {
      return [entryKeyOf(entry), version, workedOn, role, minutes, amountMinor, currency, billable, resourceId];
    });
  return [batchIdOf(batch), ...rows];
}

/** What a batch comes to: minutes per role, expenses per currency. */
export interface WorkTotals {
  roles: { role: string; entries: number; minutes: number; billableMinutes: number }[];
  expenses: Money[];
}

/** The totals of entries; roles in the order of their names. */
export function totalsOf(entries: readonly WorkEntry[]): WorkTotals {
  const roles = new Map<string, WorkTotals['roles'][number]>();
  for (const { kind, role, minutes, billable } of entries) {
    if (kind !== 'time' || minutes === null) continue;
    const total = roles.get(role) ?? { role, entries: 0, minutes: 0, billableMinutes: 0 };
    total.entries += 1;
    total.minutes += minutes;
    if (billable) total.billableMinutes += minutes;
    roles.set(role, total);
  }
  const amounts = entries.flatMap(({ amountMinor, currency }) => {
    return amountMinor === null || currency === null ? [] : [money(amountMinor, currency)];
  });
  return {
    roles: [...roles.values()].sort((a, b) => compareText(a.role, b.role)),
    expenses: sumByCurrency(amounts),
  };
}

/** A decision as it is asked for. `entryKeys` null: on the whole batch. */
export interface AskedDecision {
  actor: Actor;
  verdict: WorkVerdict;
  /** The hash of the batch that the person saw. */
  hash: string;
  entryKeys: readonly string[] | null;
}

/** The batch as it is now. */
export interface FoundBatch {
  legalEntityId: string;
  /** Of the engagement. */
  stage: EngagementStage;
  hash: string;
  entries: readonly WorkEntry[];
}

/** Why a decision is not taken, with the entries concerned where it is about some of them. */
export interface WorkRefusal {
  code:
    | 'MACHINE_NEVER_APPROVES'
    | 'ROLE_MISSING'
    | 'ENTITY_FORBIDDEN'
    | 'ENGAGEMENT_TAKES_NO_WORK'
    | 'BATCH_CHANGED'
    | 'ENTRY_NOT_WAITING'
    | 'OWN_WORK';
  message: string;
  entryKeys: readonly string[];
}

/**
 * The subject of tokens behind a person of a PSA: what the connection says of him, else his id there. Where the ids are
 * neither subjects nor listed, nobody can tell whose work it is.
 */
export function subjectOf(connection: Connection | undefined, resourceId: string): string {
  return lookup(connection?.people ?? {}, resourceId) ?? resourceId;
}

/** The entries that a decision is about. */
export function entriesOf(asked: AskedDecision, found: FoundBatch): WorkEntry[] {
  const { entryKeys } = asked;
  return found.entries.filter((entry) => entryKeys === null || entryKeys.includes(entryKeyOf(entry)));
}

/** Why a decision on work cannot be taken, or undefined when it can. */
export function refusalOfWorkDecision(
  asked: AskedDecision,
  found: FoundBatch,
  connections: Readonly<Record<string, Connection>>,
): WorkRefusal | undefined {
  const { actor, verdict, hash, entryKeys } = asked;
  const refuse = (code: WorkRefusal['code'], message: string, keys: readonly string[] = []): WorkRefusal => {
    return { code, message, entryKeys: keys };
  };
  if (isMachine(actor)) return refuse('MACHINE_NEVER_APPROVES', 'a machine identity never approves');
  if (!WORK_APPROVERS.some((role) => actor.roles.includes(role))) {
    return refuse('ROLE_MISSING', `this decision needs one of the roles ${WORK_APPROVERS.join(', ')}`);
  }
  if (!actsFor(actor, found.legalEntityId)) {
    return refuse('ENTITY_FORBIDDEN', `you do not act for legal entity ${found.legalEntityId}`);
  }
  if (verdict === 'approved' && !TAKES_WORK.includes(found.stage)) {
    const message = `the engagement is ${found.stage}: work is approved while it is ${TAKES_WORK.join(' or ')}`;
    return refuse('ENGAGEMENT_TAKES_NO_WORK', message);
  }
  if (hash !== found.hash) {
    return refuse('BATCH_CHANGED', 'what you saw has changed since: read it again and decide on what is there now');
  }
  const waiting = new Set(found.entries.map(entryKeyOf));
  const unknown = entryKeys?.filter((key) => !waiting.has(key)) ?? [];
  if (unknown.length > 0 || entriesOf(asked, found).length === 0) {
    return refuse('ENTRY_NOT_WAITING', 'what is to be decided does not wait in this batch', unknown);
  }
  const persons = personsOf(actor);
  const own = entriesOf(asked, found).filter(({ connectionId, resourceId }) => {
    return persons.includes(personOf(subjectOf(lookup(connections, connectionId), resourceId)));
  });
  if (own.length === 0) return undefined;
  const message = 'nobody decides on his own time or expenses: decide on the other entries by name';
  return refuse('OWN_WORK', message, own.map(entryKeyOf));
}
