/**
 * Kantata OX as it is on the wire: the attributes we read and the few we write. Numbers arrive as decimal text
 * (http/decimal-text.ts), ids are text, `..._in_cents` are minor units of the record's currency.
 */

/** Who we are in external references, and what a reference of ours stands for. */
export const SERVICE_NAME = 'throughline';
export type ReferenceModel = 'project' | 'task' | 'milestone' | 'demand' | 'engagement';

/** Our key or link on one of their records. */
export interface WireReference {
  id: string;
  service_name: string;
  service_model: string;
  service_model_ref: string;
  subject_type: string;
  subject_id: string;
  external_status?: string | null;
  external_message?: string | null;
  created_at: string;
}

export interface WireWorkspace {
  id: string;
  title: string;
  start_date: string | null;
  due_date: string | null;
  currency: string;
  price_in_cents: string | null;
  archived: boolean;
}

export interface WireStory {
  id: string;
  workspace_id: string;
  title: string;
  story_type: string;
  state: string;
  time_estimate_in_minutes: string | null;
  budget_estimate_in_cents: string | null;
  /** The business date on which it was completed: for a milestone, accepted. */
  completed_on?: string | null;
  updated_at: string;
}

export interface WireTimeEntry {
  id: string;
  workspace_id: string;
  story_id: string | null;
  user_id: string;
  role_name: string | null;
  date_performed: string;
  time_in_minutes: string;
  billable: boolean;
  approval_status: string;
  updated_at: string;
}

export interface WireExpense {
  id: string;
  workspace_id: string;
  user_id: string;
  category: string;
  date: string;
  amount_in_cents: string;
  currency: string;
  billable: boolean;
  approval_status: string;
  updated_at: string;
}

export interface WireDemand {
  id: string;
  workspace_id: string;
  state: string;
}

export interface WireRole {
  id: string;
  name: string;
}

/** The part of the answer envelope that does not depend on the collection. */
export interface WireEnvelope {
  results?: { key: string; id: string }[];
  meta?: { page_number?: string; page_count?: string };
  external_references?: Record<string, WireReference>;
}

/** Kantata's error list. */
export interface WireErrors {
  errors?: { type?: string; message?: string; field?: string }[];
}

/** Every object and field that this adapter writes (checked against the ownership table). */
export const WRITES = [
  {
    object: 'workspaces',
    fields: [
      'title',
      'creator_role',
      'currency',
      'price',
      'budgeted',
      'start_date',
      'due_date',
      'project_tracker_template_id',
      'external_reference',
      'archived',
    ],
  },
  {
    object: 'stories',
    fields: [
      'workspace_id',
      'title',
      'story_type',
      'start_date',
      'due_date',
      'time_estimate_in_minutes',
      'budget_estimate_in_cents',
      'fixed_fee',
      'external_reference',
    ],
  },
  {
    object: 'staffing_demands',
    fields: [
      'workspace_id',
      'title',
      'role_id',
      'quantity',
      'start_date',
      'end_date',
      'requested_minutes',
      'state',
      'external_reference',
    ],
  },
  {
    object: 'external_references',
    fields: [
      'service_name',
      'service_model',
      'service_model_ref',
      'subject_type',
      'subject_id',
      'external_status',
      'external_message',
    ],
  },
] as const satisfies { object: string; fields: readonly string[] }[];

type Writes = (typeof WRITES)[number];
/** What may be sent for one object: nothing but the listed fields. */
export type WireWrite<Name extends Writes['object']> = Partial<
  Record<Extract<Writes, { object: Name }>['fields'][number], unknown>
>;
