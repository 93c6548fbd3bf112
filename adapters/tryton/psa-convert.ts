/**
 * From Tryton's works and time to ours and back, without calls. What Tryton has a field for is in that field; the rest
 * is in the note of the comment. A milestone is a task with our note: done means accepted.
 */
import { formatDecimal, parseMoney } from '../../domain/money/money.ts';
import { plainDecimal } from '../http/decimal-text.ts';
import type { Warn } from '../http/warn.ts';
import type {
  MilestoneChange,
  ProjectOrder,
  ProjectRecord,
  PsaMilestoneState,
  PsaPort,
  TimeRecord,
} from '../ports/psa.port.ts';
import { readNote, withNote, type Note } from './note.ts';
import type { Stamped, WireLine, WireMilestone, WirePlace, WireWork, WorkWrite } from './psa-wire.ts';
import { date, decimal, duration, refOf } from './values.ts';

/** The status in which a project of ours is out of use. */
export const CLOSED = 'Closed';

/** A company of Tryton: its works are priced in its currency alone. */
export interface Company {
  companyId: string;
  currency: string;
}

type Link = NonNullable<Parameters<PsaPort['linkProject']>[1]>;
type Demand = Parameters<PsaPort['publishDemand']>[1][number];
type Task = ProjectOrder['tasks'][number];
type Milestone = ProjectOrder['milestones'][number];

/** A new project with all its parts, for one call. Tryton is not to bill from it. */
export function toWireProject(key: string, order: ProjectOrder, company: Company): WorkWrite {
  const { title, startOn, endOn, currency, budgetMinor, tasks, milestones } = order;
  return {
    company: refOf(company.companyId),
    type: 'project',
    name: title,
    project_invoice_method: 'manual',
    constraint_start_date: date(startOn),
    constraint_finish_date: date(endOn),
    comment: withNote(null, { key, budget: toAmount(budgetMinor, currency) }),
    children: [['create', toWireParts(key, { currency, tasks, milestones }, company)]],
  };
}

/** Tasks and milestones below a project. */
export function toWireParts(
  key: string,
  { currency, tasks, milestones }: Pick<ProjectOrder, 'currency' | 'tasks' | 'milestones'>,
  company: Company,
): WorkWrite[] {
  const part = { company: refOf(company.companyId), type: 'task' };
  return [
    ...tasks.map((task) => ({ ...part, ...toWireTask(key, task) })),
    ...milestones.map((milestone) => ({ ...part, ...toWireMilestone(key, milestone, currency, company) })),
  ];
}

function toWireTask(key: string, { taskKey, title, role, budgetMinutes, startOn, endOn }: Task): WorkWrite {
  return {
    name: title,
    comment: withNote(null, { task: taskKey, role, project: key }),
    effort_duration: duration(budgetMinutes * 60),
    constraint_start_date: date(startOn),
    constraint_finish_date: date(endOn),
    timesheet_available: true,
  };
}

function toWireMilestone(key: string, milestone: Milestone, currency: string, company: Company): WorkWrite {
  const { milestoneKey, title, dueOn, amountMinor } = milestone;
  const note = { milestone: milestoneKey, project: key };
  // A price without a currency would be one in the company's.
  const price =
    currency === company.currency
      ? { comment: withNote(null, note), list_price: decimal(formatDecimal({ amountMinor, currency })) }
      : { comment: withNote(null, { ...note, amount: toAmount(amountMinor, currency) }) };
  return { name: title, constraint_finish_date: date(dueOn), ...price };
}

/** A project and the works below it. */
export function fromWireProject(
  root: WireWork,
  parts: readonly WireWork[],
  company: Company,
  warn: Warn,
): ProjectRecord {
  const budget = fromAmount(root, readNote(root.comment)['budget'], warn);
  const tasks = parts.filter(({ type }) => type === 'task').map((work) => ({ work, note: readNote(work.comment) }));
  return {
    projectId: root.id,
    title: root.name,
    startOn: root.constraint_start_date,
    endOn: root.constraint_finish_date,
    currency: budget?.currency ?? company.currency,
    budgetMinor: budget?.amountMinor ?? null,
    archived: isClosed(root),
    tasks: tasks
      .filter(({ note }) => note['milestone'] === undefined)
      .map(({ work, note }) => ({
        taskId: work.id,
        taskKey: note['task'] ?? null,
        title: work.name,
        budgetMinutes: work.effort_duration === null ? null : (wholeMinutes(work.effort_duration) ?? null),
      })),
    milestones: tasks.flatMap(({ work, note }) =>
      note['milestone'] === undefined
        ? []
        : [
            {
              milestoneId: work.id,
              milestoneKey: note['milestone'],
              title: work.name,
              state: fromWireMilestoneState(work),
              amountMinor: fromAmount(work, note['amount'] ?? priceOf(work, company), warn)?.amountMinor ?? null,
            },
          ],
    ),
  };
}

export function isClosed(work: WireWork): boolean {
  return work['status.'].name === CLOSED;
}

/** Accepted when it is done: progress 1 in a status that asks for it, as "Done" does. */
export function fromWireMilestoneState({
  progress,
  'status.': status,
}: Pick<WireWork, 'progress' | 'status.'>): PsaMilestoneState {
  const share = Number(progress ?? 0);
  if (share === 1 && Number(status.progress ?? 0) === 1) return 'accepted';
  return share > 0 ? 'in-progress' : 'pending';
}

/** The link in a project's note. */
export function linkOf(work: Pick<WireWork, 'comment'>): Link | null {
  const { engagement, contract, status } = readNote(work.comment);
  return engagement === undefined
    ? null
    : { engagementId: engagement, contractRef: contract ?? '', status: status ?? '' };
}

/** The comment with the link, or without one. */
export function withLink({ comment }: Pick<WireWork, 'comment'>, link: Link | null): string {
  const note = without(readNote(comment), ['engagement', 'contract', 'status']);
  if (link === null) return withNote(comment, note);
  return withNote(comment, { ...note, engagement: link.engagementId, contract: link.contractRef, status: link.status });
}

/** The key of the demand that is open on a task, or undefined. */
export function demandOf({ comment }: Pick<WireWork, 'comment'>): string | undefined {
  const { task, wanted } = readNote(comment);
  return wanted === undefined ? undefined : task;
}

/** The comment of a role's task with its demand, or without one. */
export function withDemand({ comment }: Pick<WireWork, 'comment'>, demand: Demand | null): string {
  const note = without(readNote(comment), ['wanted']);
  if (demand === null) return withNote(comment, note);
  const { role, minutes, startOn, endOn } = demand;
  return withNote(comment, { ...note, wanted: `${role}, ${String(minutes)} minutes from ${startOn} to ${endOn}` });
}

function without(note: Note, names: readonly string[]): Note {
  return Object.fromEntries(Object.entries(note).filter(([name]) => !names.includes(name)));
}

/** Where a work belongs: our project above it and our task on the way; without one, Tryton's own. */
export interface Place {
  projectId: string;
  taskId: string;
  role: string;
}

/** A work and all above it. */
function wayUp(workId: string, works: ReadonlyMap<string, WirePlace>): WirePlace[] {
  const way: WirePlace[] = [];
  for (let at = works.get(workId); at !== undefined; at = works.get(at.parent ?? '')) way.push(at);
  return way;
}

/**
 * People break a task of ours into further ones: their time belongs to our task. A project that is in a larger one
 * stays the project.
 */
export function placeOf(workId: string, works: ReadonlyMap<string, WirePlace>): Place | undefined {
  const noted = wayUp(workId, works).map((each) => ({ ...each, note: readNote(each.comment) }));
  if (noted.length === 0) return undefined;
  const projects = noted.filter(({ type }) => type === 'project');
  const project = projects.find(({ note }) => note['key'] !== undefined) ?? projects[0] ?? noted.at(-1);
  const task = noted.find(({ note }) => note['task'] !== undefined);
  return { projectId: project?.id ?? workId, taskId: task?.id ?? workId, role: task?.note['role'] ?? '' };
}

/** The work that a time line is on. @throws TypeError */
export function workOf(line: WireLine): string {
  const [, id] = /^project\.work,(\d+)$/.exec(line['work.'].origin) ?? [];
  if (id === undefined) throw new TypeError(`time line ${line.id} is on ${line['work.'].origin}`);
  return id;
}

/**
 * A time line. Nobody approves time in Tryton, so it is submitted. Time that is no whole number of minutes is a draft
 * until a person corrects it, and told: rounding it would bill another time than was entered.
 */
export function fromWireLine(line: Stamped<WireLine>, { projectId, taskId, role }: Place, warn: Warn): TimeRecord {
  const minutes = wholeMinutes(line.duration);
  if (minutes === undefined) {
    warn('time in Tryton is no whole number of minutes, taken as a draft', {
      line: line.id,
      project: projectId,
      seconds: line.duration,
    });
  }
  return {
    entryId: line.id,
    version: line.changedAt,
    projectId,
    taskId,
    resourceId: line.employee,
    role,
    workedOn: line.date,
    minutes: minutes ?? Math.floor(Number(line.duration) / 60),
    billable: true,
    state: minutes === undefined ? 'draft' : 'submitted',
    changedAt: line.changedAt,
  };
}

export function fromWireMilestone(milestone: Stamped<WireMilestone>, { projectId }: Place): MilestoneChange {
  const state = fromWireMilestoneState(milestone);
  return {
    milestoneId: milestone.id,
    projectId,
    version: milestone.changedAt,
    title: milestone.name,
    state,
    acceptedOn: state === 'accepted' ? milestone.actual_finish_date : null,
    changedAt: milestone.changedAt,
  };
}

/** Whole minutes in a span of seconds, or undefined. */
function wholeMinutes(seconds: string): number | undefined {
  const minutes = Number(seconds) / 60;
  return Number.isSafeInteger(minutes) ? minutes : undefined;
}

/** `90000.00 EUR`. */
function toAmount(amountMinor: number, currency: string): string {
  return `${formatDecimal({ amountMinor, currency })} ${currency}`;
}

function priceOf({ list_price: price }: WireWork, { currency }: Company): string | undefined {
  return price === null ? undefined : `${plainDecimal(price)} ${currency}`;
}

/** The amount that is there; what people made unreadable is told and no amount. */
function fromAmount({ id }: WireWork, text: string | undefined, warn: Warn) {
  if (text === undefined) return undefined;
  try {
    const [amount = '', currency = ''] = text.split(' ');
    return parseMoney(amount, currency);
  } catch {
    warn('an amount in Tryton cannot be read, taken as none', { work: id, amount: text });
    return undefined;
  }
}
