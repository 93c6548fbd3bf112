// The hands of Tryton's people, through its own API: a consultant's time is entered, a milestone is done, money comes
// in. Each signs in anew, because Tryton ends a session that is idle.
import { date, decimal, logIn, type TrytonSession } from './rpc.ts';
import { amount, type TrytonWithPeople } from './books.ts';

export interface TrytonCompany {
  companyId: number;
  /** Ids by name. */
  employees: Record<string, number>;
  paymentJournal: number;
}

type Row = Record<string, unknown> & { id: number };

/** Time that somebody worked on the task of a role. */
export interface Worked {
  projectId: string;
  role: string;
  on: string;
  minutes: number;
  employee?: string;
}

/** Enters time as the project lead does for others. @throws Error where the project has no task of the role */
export async function enterTime(tryton: TrytonWithPeople, company: TrytonCompany, worked: Worked): Promise<void> {
  const lead = await as(tryton, 'project-lead');
  const task = (await worksOf(lead, company, worked.projectId)).find(({ comment }) =>
    String(comment).split('\n').includes(`role: ${worked.role}`),
  );
  if (!task) throw new Error(`project ${worked.projectId} has no task for ${worked.role}`);
  const [timesheet] = await found(lead, company, 'timesheet.work', [['origin', '=', `project.work,${task.id}`]], []);
  const employee = company.employees[worked.employee ?? ''] ?? Object.values(company.employees)[0];
  const line = {
    ...{ company: company.companyId, employee, work: timesheet?.id, date: date(worked.on) },
    duration: { __class__: 'timedelta', seconds: worked.minutes * 60 },
  };
  await lead.model('timesheet.line', 'create', [[line]], company.companyId);
}

/** Days on which time was entered in a project, one per line. */
export async function daysWorked(
  tryton: TrytonWithPeople,
  company: TrytonCompany,
  projectId: string,
): Promise<string[]> {
  const lead = await as(tryton, 'project-lead');
  const origins = (await worksOf(lead, company, projectId)).map(({ id }) => `project.work,${String(id)}`);
  const works = await found(lead, company, 'timesheet.work', [['origin', 'in', origins]], []);
  const lines = await found(lead, company, 'timesheet.line', [['work', 'in', works.map(({ id }) => id)]], ['date']);
  return lines.map((line) => {
    const { year, month, day } = line.date as { year: number; month: number; day: number };
    return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
  });
}

/** Sets a milestone to done, which is its acceptance. Returns false where it was done before. */
export async function finishMilestone(
  tryton: TrytonWithPeople,
  company: TrytonCompany,
  { projectId, title, on }: { projectId: string; title: string; on: string },
): Promise<boolean> {
  const lead = await as(tryton, 'project-lead');
  const milestone = (await worksOf(lead, company, projectId)).find(({ name }) => name === title);
  if (!milestone) throw new Error(`project ${projectId} has no milestone ${title}`);
  if ((milestone['status.'] as { name: string }).name === 'Done') return false;
  const [done] = await found(lead, company, 'project.work.status', [['name', '=', 'Done']], []);
  const values = { status: done?.id, progress: 1, actual_finish_date: date(on) };
  await lead.model('project.work', 'write', [[milestone.id], values], company.companyId);
  return true;
}

/** The button by which a payment that was entered waits for the bank. */
export const PAYMENT_ENTERED = { '8.2': 'submit', '6.0': 'approve' } as const;

/**
 * Books that an invoice was paid in full, as the accountant does: a payment entered, submitted, processed, succeeded,
 * and its entry posted.
 * Returns false where nothing is open.
 */
export async function payInvoice(
  tryton: TrytonWithPeople,
  company: TrytonCompany,
  { invoiceId, on }: { invoiceId: string; on: string },
): Promise<boolean> {
  const accountant = await as(tryton, 'accountant');
  const { companyId } = company;
  const call = <T>(method: string, args: unknown[]): Promise<T> =>
    accountant.model<T>('account.payment', method, args, companyId);
  const fields = ['state', 'party', 'lines_to_pay', 'amount_to_pay'];
  const [invoice] = await found(accountant, company, 'account.invoice', [['id', '=', Number(invoiceId)]], fields);
  if (invoice?.state !== 'posted') return false;
  const values = {
    ...{ company: companyId, journal: company.paymentJournal, kind: 'receivable', party: invoice.party },
    ...{ line: (invoice.lines_to_pay as number[])[0], amount: decimal(amount(invoice.amount_to_pay)), date: date(on) },
  };
  const [payment] = await call<number[]>('create', [[values]]);
  await call(PAYMENT_ENTERED[tryton.series], [[payment]]);
  await process(accountant, companyId, payment);
  await call('succeed', [[payment]]);
  // Tryton leaves the entry of the money as a draft until somebody posts it.
  const [booked] = await call<Row[]>('read', [[payment], ['clearing_move']]);
  await accountant.model('account.move', 'post', [[booked?.clearing_move]], companyId);
  return true;
}

/** Processing is a wizard of Tryton: a small session of its own. */
async function process(session: TrytonSession, companyId: number, payment: unknown): Promise<void> {
  const preferences = (await session.call('model.res.user.get_preferences', [true, {}])) as object;
  const records = { active_model: 'account.payment', active_id: payment, active_ids: [payment] };
  const context = { ...preferences, locale: undefined, company: companyId, ...records };
  const wizard = 'wizard.account.payment.process';
  const [started] = (await session.call(`${wizard}.create`, [context])) as [number];
  await session.call(`${wizard}.execute`, [started, {}, 'process', context]);
  await session.call(`${wizard}.delete`, [started, context]);
}

function as(tryton: TrytonWithPeople, login: string): Promise<TrytonSession> {
  return logIn(tryton, login, tryton.passwords[login] ?? '');
}

function found(session: TrytonSession, { companyId }: TrytonCompany, model: string, domain: unknown[], more: string[]) {
  return session.model<Row[]>(model, 'search_read', [domain, 0, null, [['id', 'ASC']], ['id', ...more]], companyId);
}

function worksOf(lead: TrytonSession, company: TrytonCompany, projectId: string): Promise<Row[]> {
  const domain = [['parent', 'child_of', [Number(projectId)], 'parent']];
  return found(lead, company, 'project.work', domain, ['name', 'comment', 'status.name']);
}
