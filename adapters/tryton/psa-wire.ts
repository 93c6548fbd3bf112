/**
 * A project of Tryton (`project.work`: one tree of projects and tasks) and its time (`timesheet.line`) as they are on
 * the wire, read by values.ts: ids and numbers are text, spans of time are seconds.
 */

/** Fields of a work; `status.` comes with it. */
export const WORK_FIELDS = [
  ...['name', 'type', 'comment', 'progress', 'status.name', 'status.progress', '_timestamp'],
  ...['constraint_start_date', 'constraint_finish_date', 'effort_duration', 'list_price'],
] as const;

export interface WireWork {
  id: string;
  name: string;
  type: 'project' | 'task';
  comment: string | null;
  progress: string | null;
  'status.': { id: string; name: string; progress: string | null };
  /** Stamp of the last change, to be given back with a write. */
  _timestamp: string;
  constraint_start_date: string | null;
  constraint_finish_date: string | null;
  effort_duration: string | null;
  list_price: string | null;
}

/** What placing a change in its project takes: the names and notes on the way up the tree. */
export const PLACE_FIELDS = ['type', 'parent', 'comment'] as const;

export interface WirePlace extends Pick<WireWork, 'id' | 'type' | 'comment'> {
  /** The work above. */
  parent: string | null;
}

/** A record with the stamp of its last change, ISO with microseconds. */
export type Stamped<R> = R & { changedAt: string };

export const MILESTONE_FIELDS = [
  ...['name', 'comment', 'progress', 'status.name', 'status.progress', 'actual_finish_date'],
] as const;

export interface WireMilestone extends Pick<WireWork, 'id' | 'name' | 'comment' | 'progress' | 'status.'> {
  actual_finish_date: string | null;
}

export const LINE_FIELDS = ['employee', 'date', 'duration', 'work.origin'] as const;

export interface WireLine {
  id: string;
  employee: string;
  date: string;
  duration: string;
  /** `project.work,12`. */
  'work.': { origin: string };
}

/** Every object and field that this adapter writes as PSA (checked against the ownership table). */
export const PSA_WRITES = [
  {
    object: 'project.work',
    fields: [
      ...['company', 'type', 'name', 'comment', 'children', 'status', 'project_invoice_method'],
      ...['constraint_start_date', 'constraint_finish_date', 'effort_duration', 'list_price'],
      ...['timesheet_available', 'timesheet_start_date', 'timesheet_end_date'],
    ],
  },
] as const satisfies { object: string; fields: readonly string[] }[];

/** What may be sent for a work: nothing but the listed fields. */
export type WorkWrite = Partial<Record<(typeof PSA_WRITES)[number]['fields'][number], unknown>>;
