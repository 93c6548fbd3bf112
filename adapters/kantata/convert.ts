/**
 * From Kantata's words to ours and back, without calls. A state that is not known gets the careful meaning and a
 * warning: work that is not surely approved is a draft, a milestone that is not surely accepted is pending.
 */
import { lookup } from '../../domain/lookup.ts';
import { formatDecimal } from '../../domain/money/money.ts';
import type { Warn } from '../http/warn.ts';
import type {
  ExpenseRecord,
  MilestoneChange,
  ProjectOrder,
  ProjectRecord,
  PsaMilestoneState,
  TimeRecord,
  WorkState,
} from '../ports/psa.port.ts';
import {
  SERVICE_NAME,
  type ReferenceModel,
  type WireExpense,
  type WireReference,
  type WireStory,
  type WireTimeEntry,
  type WireWorkspace,
  type WireWrite,
} from './wire.ts';

const MILESTONE_STATES: Record<string, PsaMilestoneState> = {
  'not started': 'pending',
  started: 'in-progress',
  'needs review': 'delivered',
  completed: 'accepted',
  rejected: 'rejected',
};

const WORK_STATES: Record<string, WorkState> = {
  none: 'draft',
  submitted: 'submitted',
  approved: 'approved',
  rejected: 'rejected',
};

/** The state of a milestone story. */
export function fromWireMilestoneState(state: string, warn: Warn): PsaMilestoneState {
  const known = lookup(MILESTONE_STATES, state);
  if (known === undefined) warn('Kantata milestone state is not known, taken as pending', { state });
  return known ?? 'pending';
}

/** The approval state of time or an expense. */
export function fromWireWorkState(status: string, warn: Warn): WorkState {
  const known = lookup(WORK_STATES, status);
  if (known === undefined) warn('Kantata approval status is not known, taken as draft', { status });
  return known ?? 'draft';
}

/** A change stamp as an ISO instant in UTC. @throws RangeError */
export function instantOf(stamp: string): string {
  return new Date(stamp).toISOString();
}

/** A whole number that arrived as text. @throws TypeError when it is not one, or too large to be exact */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new TypeError(`"${text}" is not a whole number`);
  return value;
}

/** Our key on a record, or null; the oldest when there are several. */
export function keyOf(references: readonly WireReference[], model: ReferenceModel, subjectId: string): string | null {
  const ours = references.filter(
    (reference) =>
      reference.service_name === SERVICE_NAME &&
      reference.service_model === model &&
      reference.subject_id === subjectId,
  );
  return ours.sort((a, b) => (a.created_at < b.created_at ? -1 : 1))[0]?.service_model_ref ?? null;
}

/** The reference that is created together with a record, so that no record of ours is ever without its key. */
export function nestedReference(model: ReferenceModel, key: string): Record<string, string> {
  return { service_name: SERVICE_NAME, service_model: model, service_model_ref: key };
}

/** A project with its stories. */
export function fromWireProject(
  workspace: WireWorkspace,
  stories: readonly WireStory[],
  references: readonly WireReference[],
  warn: Warn,
): ProjectRecord {
  return {
    projectId: workspace.id,
    title: workspace.title,
    startOn: workspace.start_date,
    endOn: workspace.due_date,
    currency: workspace.currency,
    budgetMinor: wholeNumberOrNull(workspace.price_in_cents),
    archived: workspace.archived,
    tasks: stories
      .filter((story) => story.story_type !== 'milestone')
      .map((story) => ({
        taskId: story.id,
        taskKey: keyOf(references, 'task', story.id),
        title: story.title,
        budgetMinutes: wholeNumberOrNull(story.time_estimate_in_minutes),
      })),
    milestones: stories
      .filter((story) => story.story_type === 'milestone')
      .map((story) => ({
        milestoneId: story.id,
        milestoneKey: keyOf(references, 'milestone', story.id),
        title: story.title,
        state: fromWireMilestoneState(story.state, warn),
        amountMinor: wholeNumberOrNull(story.budget_estimate_in_cents),
      })),
  };
}

export function toWireWorkspace(key: string, order: ProjectOrder): WireWrite<'workspaces'> {
  return {
    title: order.title,
    creator_role: 'maven',
    currency: order.currency,
    price: formatDecimal({ amountMinor: order.budgetMinor, currency: order.currency }),
    budgeted: true,
    start_date: order.startOn,
    due_date: order.endOn,
    project_tracker_template_id: order.templateRef,
    external_reference: nestedReference('project', key),
  };
}

export function toWireTask(workspaceId: string, task: ProjectOrder['tasks'][number]): WireWrite<'stories'> {
  return {
    workspace_id: workspaceId,
    title: task.title,
    story_type: 'task',
    start_date: task.startOn,
    due_date: task.endOn,
    time_estimate_in_minutes: task.budgetMinutes,
    external_reference: nestedReference('task', task.taskKey),
  };
}

export function toWireMilestone(
  workspaceId: string,
  milestone: ProjectOrder['milestones'][number],
): WireWrite<'stories'> {
  return {
    workspace_id: workspaceId,
    title: milestone.title,
    story_type: 'milestone',
    due_date: milestone.dueOn,
    budget_estimate_in_cents: milestone.amountMinor,
    fixed_fee: true,
    external_reference: nestedReference('milestone', milestone.milestoneKey),
  };
}

export function fromWireTime(entry: WireTimeEntry, warn: Warn): TimeRecord {
  return {
    entryId: entry.id,
    version: instantOf(entry.updated_at),
    projectId: entry.workspace_id,
    taskId: entry.story_id,
    resourceId: entry.user_id,
    role: entry.role_name ?? '',
    workedOn: entry.date_performed,
    minutes: wholeNumber(entry.time_in_minutes),
    billable: entry.billable,
    state: fromWireWorkState(entry.approval_status, warn),
    changedAt: instantOf(entry.updated_at),
  };
}

export function fromWireExpense(expense: WireExpense, warn: Warn): ExpenseRecord {
  return {
    entryId: expense.id,
    version: instantOf(expense.updated_at),
    projectId: expense.workspace_id,
    resourceId: expense.user_id,
    category: expense.category,
    incurredOn: expense.date,
    amountMinor: wholeNumber(expense.amount_in_cents),
    currency: expense.currency,
    billable: expense.billable,
    state: fromWireWorkState(expense.approval_status, warn),
    changedAt: instantOf(expense.updated_at),
  };
}

export function fromWireMilestoneChange(story: WireStory, warn: Warn): MilestoneChange {
  return {
    milestoneId: story.id,
    projectId: story.workspace_id,
    version: instantOf(story.updated_at),
    title: story.title,
    state: fromWireMilestoneState(story.state, warn),
    acceptedOn: story.completed_on ?? null,
    changedAt: instantOf(story.updated_at),
  };
}

function wholeNumberOrNull(text: string | null): number | null {
  return text === null ? null : wholeNumber(text);
}
