/**
 * What later releases may change, each as an edit of today's code: the rule of decisions.md 23 says that after
 * `renew` all of them go on, except a change of the wait itself and the removal of a step that an open engagement
 * still has.
 */

/** One edit of one file, and what it does to recorded engagements. */
export interface Edit {
  what: string;
  file: string;
  /** Occurs exactly once in the file; '' = the replacement is appended. */
  find: string;
  replace: string;
  /** A recorded path that, in the middle of its work and not renewed, cannot go on with the edit; null: all can. */
  disturbs: string | null;
}

const AGENDA = 'domain/engagement/agenda.ts';
const SAGAS = 'domain/engagement/sagas.ts';
const WORKFLOW = 'workflows/engagement/engagement.workflow.ts';

/** Exchanges the first two steps of set-up: the customer in the ERP and the project in the PSA. */
export const ORDER_OF_STEPS: Edit = {
  what: 'another order of the steps of set-up',
  file: SAGAS,
  find: '',
  replace: 'const edited = SAGAS.projectSetup as StepRow[]; edited.unshift(...edited.splice(1, 1));',
  disturbs: 'set-up',
};

/** Edits of decisions: after `renew` they must not disturb anybody. */
export const EDITS_OF_DECISIONS: readonly Edit[] = [
  ORDER_OF_STEPS,
  {
    what: 'a step added to set-up',
    file: SAGAS,
    find: 'projectSetup: [\n',
    replace: `projectSetup: [\n{ name: 'credit', per: 'engagement', title: 'C', queue: 'crm', do: 'validateDeal' },\n`,
    disturbs: 'set-up',
  },
  {
    what: 'a step without its reading back',
    file: SAGAS,
    find:
      `title: 'Contract and billing schedule in the ERP',\n      queue: 'erp',\n` +
      `      do: 'createErpContract',\n      verify: 'verifyErpContract',`,
    replace: `title: 'Contract and billing schedule in the ERP', queue: 'erp', do: 'createErpContract',`,
    disturbs: 'set-up',
  },
  {
    what: 'a step that is kept instead of undone',
    file: SAGAS,
    find: `undo: 'archivePsaProject'`,
    replace: `undo: 'keep'`,
    disturbs: 'parked',
  },
  {
    what: 'a step on another queue',
    file: SAGAS,
    find: `queue: 'books',\n      do: 'draftInvoice'`,
    replace: `queue: 'erp',\n      do: 'draftInvoice'`,
    disturbs: 'time-and-materials-month-paid',
  },
  {
    what: 'billing on the fifth day of the month',
    file: 'domain/engagement/cycles.ts',
    find: ': `${nextMonth(month)}-01`',
    replace: ': `${nextMonth(month)}-05`',
    disturbs: 'time-and-materials-month-paid',
  },
  {
    what: 'billing before revenue',
    file: AGENDA,
    find: 'for (const entity of state.entities) yield revenueDue(state, entity, now);',
    replace:
      'for (const group of state.groups) yield billingDue(state, group, now);\n' +
      'for (const entity of state.entities) yield revenueDue(state, entity, now);',
    disturbs: 'time-and-materials-month-paid',
  },
  {
    what: 'no reminders',
    file: AGENDA,
    find: 'if (approval.reminded) return {};',
    replace: 'if (approval.dueAt > 0) return {};',
    disturbs: 'set-up',
  },
  {
    what: 'other values of search attributes',
    file: 'workflows/shared/search-attributes.ts',
    find: 'dueAt: summary.decisionDueAt,',
    replace: 'dueAt: summary.nextAt,',
    disturbs: 'fixed-fee-with-rejection',
  },
  {
    what: 'a new shape of the state, with its upgrade',
    file: 'domain/engagement/start.ts',
    find: 'const version: number = carried.v;',
    replace: `const version: number = carried.v;\ncarried = { ...carried, versions: { ...carried.versions, v: '2' } };`,
    disturbs: null,
  },
  {
    what: 'shorter histories',
    file: WORKFLOW,
    find: 'HISTORY_EVENTS_MAX = 400',
    replace: 'HISTORY_EVENTS_MAX = 50',
    disturbs: 'set-up',
  },
  {
    what: 'another page in the Web UI',
    file: 'domain/engagement/details.ts',
    find: '`# ${summary.contractName ?? `Deal ${state.dealId}`}: ${state.stage}`',
    replace: '`# Engagement ${state.engagementId}`',
    disturbs: null,
  },
  {
    what: 'other time-outs of calls',
    file: 'workflows/shared/activity-options.ts',
    find: 'const CALL_MS = 10_000;',
    replace: 'const CALL_MS = 7_000;',
    disturbs: null,
  },
];

/** What not even `renew` allows: the first needs `patched`, the second waits until no open engagement has the step. */
export const FORBIDDEN_EDITS: readonly Edit[] = [
  {
    what: 'a call before the first wait',
    file: WORKFLOW,
    find: '    for (;;) {\n',
    replace: '    await readInbox(state);\n    for (;;) {\n',
    disturbs: 'set-up',
  },
  {
    what: 'a wait without its timer',
    file: WORKFLOW,
    find: `await condition(changed, wakeAt - now, { summary: 'Next by itself' });`,
    replace: 'await condition(changed);',
    disturbs: 'set-up',
  },
  {
    what: 'a step removed while open engagements have it',
    file: SAGAS,
    find: '',
    replace: 'const edited = SAGAS.projectSetup as StepRow[]; edited.splice(2, 1);',
    disturbs: 'set-up',
  },
];
