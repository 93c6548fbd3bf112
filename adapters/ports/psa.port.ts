/**
 * What Throughline needs of a PSA: make a project with its work breakdown, ask for people, read approved work and
 * milestone states. The PSA owns structure, assignments, time and milestones (R15).
 */
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { CallContext } from './context.ts';

/** A project to make. */
export interface ProjectOrder {
  title: string;
  startOn: PlainDate;
  endOn: PlainDate;
  currency: string;
  /** Contract value in minor units. */
  budgetMinor: number;
  templateRef: string;
  /** One task per role, with its sold minutes. */
  tasks: {
    taskKey: string;
    title: string;
    role: string;
    budgetMinutes: number;
    startOn: PlainDate;
    endOn: PlainDate;
  }[];
  milestones: { milestoneKey: string; title: string; dueOn: PlainDate; amountMinor: number }[];
}

/** A project as the PSA has it. */
export interface ProjectRecord {
  projectId: string;
  title: string;
  startOn: PlainDate | null;
  endOn: PlainDate | null;
  currency: string;
  budgetMinor: number | null;
  archived: boolean;
  tasks: { taskId: string; taskKey: string | null; title: string; budgetMinutes: number | null }[];
  milestones: {
    milestoneId: string;
    milestoneKey: string | null;
    title: string;
    state: PsaMilestoneState;
    amountMinor: number | null;
  }[];
}

/** Milestone states of all PSAs, normalised (R21); a state that is not known is `pending`, never accepted. */
export type PsaMilestoneState = 'pending' | 'in-progress' | 'delivered' | 'accepted' | 'rejected';

/** Approval states of time and expenses, normalised. */
export type WorkState = 'draft' | 'submitted' | 'approved' | 'rejected';

/** A time entry of a project. `version` is the PSA's change stamp. */
export interface TimeRecord {
  entryId: string;
  version: string;
  projectId: string;
  taskId: string | null;
  resourceId: string;
  role: string;
  workedOn: PlainDate;
  minutes: number;
  billable: boolean;
  state: WorkState;
  /** When it was changed in the PSA, ISO instant. */
  changedAt: string;
}

/** An expense of a project. */
export interface ExpenseRecord {
  entryId: string;
  version: string;
  projectId: string;
  resourceId: string;
  category: string;
  incurredOn: PlainDate;
  amountMinor: number;
  currency: string;
  billable: boolean;
  state: WorkState;
  changedAt: string;
}

/** A milestone that changed. */
export interface MilestoneChange {
  milestoneId: string;
  projectId: string;
  version: string;
  title: string;
  state: PsaMilestoneState;
  /** The date on which the customer accepted it, where the PSA says so: it may be another than the day of the entry. */
  acceptedOn: PlainDate | null;
  changedAt: string;
}

/** One page of changes; ask again with the new watermark while `more`. */
export interface WorkChanges {
  time: TimeRecord[];
  expenses: ExpenseRecord[];
  milestones: MilestoneChange[];
  watermark: string | null;
  more: boolean;
}

/**
 * What some PSAs do not have: approval of time and expenses, expenses, milestones that are delivered and not yet
 * accepted, milestones that are rejected, templates of projects, demand for people who are not chosen yet, time that is
 * not billable, and a trace of time that was deleted.
 */
export type PsaAbility =
  | 'approveWork'
  | 'expenses'
  | 'deliverMilestone'
  | 'rejectMilestone'
  | 'projectTemplates'
  | 'staffingDemand'
  | 'nonBillableTime'
  | 'deletedTime';

/** A PSA. All methods throw AdapterError. */
export interface PsaPort {
  /** What this PSA cannot do, each with what that means, in a sentence for people. What is not listed, it can. */
  readonly cannot: Readonly<Partial<Record<PsaAbility, string>>>;
  /**
   * The project that carries our key, or undefined. Archived projects are found too.
   * @throws conflict, with their ids in the message, when several open ones carry it
   */
  findProject(key: string, context: CallContext): Promise<ProjectRecord | undefined>;
  /**
   * Makes the project with tasks and milestones under the key; completes a half-made one. Looks up by key before each
   * create.
   */
  createProject(key: string, order: ProjectOrder, context: CallContext): Promise<ProjectRecord>;
  /** Archives every project that carries the key, and reads back; harmless when there is none. @throws differs */
  archiveProject(key: string, context: CallContext): Promise<void>;
  /** Links our ids to the project so that the PSA shows them, and reads back; null clears. @throws differs */
  linkProject(
    projectId: string,
    link: { engagementId: string; contractRef: string; status: string } | null,
    context: CallContext,
  ): Promise<void>;
  /** The link as it is now, for verification and undo. */
  readLink(
    projectId: string,
    context: CallContext,
  ): Promise<{ engagementId: string; contractRef: string; status: string } | null>;
  /**
   * Asks for people; one demand per role key; looks up by key before each create. Returns the ids of all demands of the
   * project.
   */
  publishDemand(
    projectId: string,
    demands: { demandKey: string; role: string; minutes: number; startOn: PlainDate; endOn: PlainDate }[],
    context: CallContext,
  ): Promise<string[]>;
  /** The open demands of ours on a project: key and id. */
  readDemand(projectId: string, context: CallContext): Promise<{ demandKey: string; demandId: string }[]>;
  /** Withdraws all demands of ours on the project, and reads back. @throws differs */
  withdrawDemand(projectId: string, context: CallContext): Promise<void>;
  /** Time, expenses and milestones changed at or after the watermark, oldest first. */
  changedWork(since: string | null, context: CallContext): Promise<WorkChanges>;
}
