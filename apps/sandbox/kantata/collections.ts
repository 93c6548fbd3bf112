/**
 * The collections of the simulated Kantata account: which attributes may be written at create and at update, which are
 * needed, what can be filtered and included. Names follow the vendor's published attribute lists.
 */
export interface Association {
  collection: string;
  /** Attribute of this record that holds the other's id, or of the other that holds this one's. */
  key: string;
  inverse: boolean;
}

export interface Collection {
  name: string;
  singular: string;
  /** Name in external references; absent where none can be attached. */
  subjectType?: string;
  required: readonly string[];
  create: readonly string[];
  update: readonly string[];
  filters: readonly string[];
  /** Attribute that `<name>_between=a:b` selects on. */
  between?: string;
  associations: Readonly<Record<string, Association>>;
}

const words = (text: string): string[] => text.split(' ');
const belongsTo = (collection: string, key: string): Association => ({ collection, key, inverse: false });
const hasMany = (collection: string, key: string): Association => ({ collection, key, inverse: true });

const WORKSPACE = { workspace: belongsTo('workspaces', 'workspace_id') };
const REFERENCES = { external_references: hasMany('external_references', 'subject_id') };
const STORY_TEXT = words(
  'title story_type parent_id description start_date due_date state billable fixed_fee budget_estimate_in_cents ' +
    'time_estimate_in_minutes percentage_complete weight priority external_reference',
);
const WORKSPACE_TEXT = words(
  'title description currency price budgeted start_date due_date consultant_role_name client_role_name access_level ' +
    'project_tracker_template_id require_time_approvals require_expense_approvals status_key approver_id ' +
    'external_reference',
);
const TIME_TEXT = words(
  'date_performed time_in_minutes story_id user_id billable notes rate_in_cents role_id location external_reference',
);
const EXPENSE_TEXT = words('date category amount_in_cents notes user_id billable story_id currency external_reference');
const MILESTONE_TEXT = words('title date_to_invoice amount_in_cents story_id external_reference');
const DEMAND_TEXT = words('title role_id quantity start_date end_date requested_minutes external_reference');
const REFERENCE_TEXT = words(
  'service_name service_model service_model_ref subject_type subject_id status external_link external_message ' +
    'external_status locked',
);

const readOnly = (name: string, singular: string, filters: string[]): Collection => ({
  name,
  singular,
  required: [],
  create: [],
  update: [],
  filters,
  associations: {},
});

export const COLLECTIONS: readonly Collection[] = [
  {
    name: 'workspaces',
    singular: 'workspace',
    subjectType: 'Workspace',
    required: ['title', 'creator_role'],
    create: ['creator_role', ...WORKSPACE_TEXT],
    update: ['archived', ...WORKSPACE_TEXT],
    filters: [],
    associations: { stories: hasMany('stories', 'workspace_id'), ...REFERENCES },
  },
  {
    name: 'stories',
    singular: 'story',
    subjectType: 'Story',
    required: ['workspace_id', 'title', 'story_type'],
    create: ['workspace_id', ...STORY_TEXT],
    update: STORY_TEXT,
    filters: words('workspace_id parent_id story_type state'),
    associations: { ...WORKSPACE, ...REFERENCES },
  },
  {
    name: 'time_entries',
    singular: 'time_entry',
    subjectType: 'TimeEntry',
    required: ['workspace_id', 'date_performed', 'time_in_minutes'],
    create: ['workspace_id', ...TIME_TEXT],
    update: TIME_TEXT,
    filters: words('workspace_id story_id user_id approved approval_status billable is_invoiced'),
    between: 'date_performed',
    associations: {
      ...WORKSPACE,
      user: belongsTo('users', 'user_id'),
      story: belongsTo('stories', 'story_id'),
      ...REFERENCES,
    },
  },
  {
    name: 'expenses',
    singular: 'expense',
    subjectType: 'Expense',
    required: ['workspace_id', 'date', 'category', 'amount_in_cents'],
    create: ['workspace_id', ...EXPENSE_TEXT],
    update: EXPENSE_TEXT,
    filters: words('workspace_id user_id approved approval_status billable is_invoiced'),
    between: 'date',
    associations: { ...WORKSPACE, user: belongsTo('users', 'user_id'), ...REFERENCES },
  },
  {
    name: 'staffing_demands',
    singular: 'staffing_demand',
    subjectType: 'StaffingDemand',
    required: ['workspace_id', 'title', 'role_id'],
    create: ['workspace_id', ...DEMAND_TEXT],
    update: ['state', ...DEMAND_TEXT.filter((name) => name !== 'role_id')],
    filters: words('workspace_id state role_id'),
    associations: { ...WORKSPACE, ...REFERENCES },
  },
  {
    name: 'billing_milestones',
    singular: 'billing_milestone',
    subjectType: 'BillingMilestone',
    required: ['workspace_id', 'title', 'date_to_invoice', 'amount_in_cents'],
    create: ['workspace_id', ...MILESTONE_TEXT],
    update: MILESTONE_TEXT,
    filters: ['workspace_id'],
    associations: { ...WORKSPACE, ...REFERENCES },
  },
  {
    name: 'external_references',
    singular: 'external_reference',
    required: words('service_name service_model service_model_ref subject_type subject_id'),
    create: REFERENCE_TEXT,
    update: REFERENCE_TEXT,
    filters: words('subject_type subject_id service_name service_model'),
    associations: {},
  },
  readOnly('users', 'user', ['role_id']),
  readOnly('roles', 'role', []),
];

export function collectionOf(name: string): Collection | undefined {
  return COLLECTIONS.find((collection) => collection.name === name);
}

export const STORY_STATES: readonly string[] = ['not started', 'started', 'needs review', 'completed', 'rejected'];
export const STORY_TYPES: readonly string[] = ['task', 'deliverable', 'milestone'];
export const DEMAND_STATES: readonly string[] = ['open', 'filled', 'cancelled'];

/** Status keys of this account with the texts and colours that the vendor shows for them. */
export const STATUSES: Readonly<Record<number, { message: string; color: string }>> = {
  100: { message: 'Prospect', color: 'grey' },
  305: { message: 'In Setup', color: 'green' },
  310: { message: 'In Progress', color: 'green' },
  430: { message: 'On Hold', color: 'yellow' },
  605: { message: 'Cancelled', color: 'grey' },
  615: { message: 'Completed', color: 'grey' },
};

/** Stories that a project template brings along. */
export const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  201: ['Discovery', 'Delivery', 'Handover', 'Project management'],
  202: ['Initiation', 'Build', 'Acceptance'],
  203: ['Service delivery', 'Service review'],
};

/** Minor units in one unit of a currency, as `currency_base_unit`. */
export function baseUnitOf(currency: string): number {
  if (['JPY', 'KRW', 'CLP', 'VND', 'ISK'].includes(currency)) return 1;
  return ['BHD', 'KWD', 'OMR', 'JOD', 'TND', 'IQD', 'LYD'].includes(currency) ? 1000 : 100;
}
