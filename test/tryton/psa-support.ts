// Tryton as a PSA, our adapter towards it, and the sessions of people, through which the tests see what really is
// there.
import { AdapterError, type CallContext, type ProjectOrder, type PsaPort } from '../../adapters/ports/index.ts';
import { createTrytonPsa, type TrytonPsaCredentials } from '../../adapters/tryton/psa.ts';
import { date, logIn, type TrytonSession } from '../../scripts/tryton/rpc.ts';
import type { Tryton } from '../../scripts/tryton/server.ts';
import { freshTryton } from './fresh-tryton.ts';

export const context: CallContext = { correlationId: 'cor_psa', actorSubject: 'system:test' };

export type Row = Record<string, unknown> & { id: number };

export interface PsaWorld {
  tryton: Tryton;
  /** Plans projects, enters and corrects everybody's time. */
  lead: TrytonSession;
  companyId: number;
  employeeId: number;
  warnings: { message: string; details: Record<string, string> }[];
  psa: (changes?: Partial<TrytonPsaCredentials>) => PsaPort;
  /** Signs the people in again, after a restart of the server. */
  signIn: () => Promise<void>;
  /** Works of a project in order of id, the project first, as people see them. */
  works: (projectId: string) => Promise<Row[]>;
  /** Projects whose comment has the key. */
  projectsWith: (key: string) => Promise<Row[]>;
  change: (model: string, id: number | string, values: object) => Promise<unknown>;
  /** Enters time of the company's first employee; returns the ids of the lines. */
  enterTime: (lines: { workId: number | string; on: string; seconds: number }[]) => Promise<number[]>;
}

const WORK_FIELDS = [
  ...['name', 'type', 'comment', 'status.name', 'progress', 'effort_duration', 'list_price'],
  ...['constraint_start_date', 'constraint_finish_date', 'timesheet_available', 'project_invoice_method'],
];

export async function startPsaWorld(): Promise<PsaWorld> {
  const tryton = await freshTryton();
  const company = tryton.companies.find(({ legalEntityId }) => legalEntityId === 'TL-DE');
  if (!company) throw new Error('there is no TL-DE');
  const { companyId, employees } = company;
  const credentials = { database: tryton.database, login: 'throughline', company: 'TL-DE' };
  const signInLead = () => logIn(tryton, 'project-lead', tryton.passwords['project-lead'] ?? '');
  const search = (domain: unknown[]) =>
    world.lead.model<Row[]>('project.work', 'search_read', [domain, 0, null, [['id', 'ASC']], WORK_FIELDS], companyId);
  const world: PsaWorld = {
    tryton,
    lead: await signInLead(),
    companyId,
    employeeId: Object.values(employees)[0] ?? 0,
    warnings: [],
    psa: (changes = {}) =>
      createTrytonPsa(
        {
          ...{ connectionId: 'tryton-de', capability: 'psa', vendor: 'tryton', baseUrl: tryton.url },
          ...{ credentialsVariable: 'TRYTON', timeoutMs: 20_000 },
        },
        { ...credentials, password: tryton.passwords['throughline'] ?? '', ...changes },
        (message, details) => world.warnings.push({ message, details }),
      ),
    async signIn() {
      world.lead = await signInLead();
    },
    works: (projectId) => search([['parent', 'child_of', [Number(projectId)], 'parent']]),
    async projectsWith(key) {
      const works = await search([['type', '=', 'project']]);
      return works.filter(({ comment }) => String(comment).split('\n').includes(`key: ${key}`));
    },
    change: (model, id, values) => world.lead.model(model, 'write', [[Number(id)], values], companyId),
    async enterTime(lines) {
      const works = await world.lead.model<Row[]>(
        'timesheet.work',
        'search_read',
        [[['origin', 'in', lines.map(({ workId }) => `project.work,${String(workId)}`)]], 0, null, null, ['origin']],
        companyId,
      );
      const values = lines.map(({ workId, on, seconds }) => ({
        ...{ company: companyId, employee: world.employeeId, date: date(on), duration: duration(seconds) },
        work: works.find(({ origin }) => origin === `project.work,${String(workId)}`)?.id,
      }));
      return world.lead.model<number[]>('timesheet.line', 'create', [values], companyId);
    },
  };
  return world;
}

export const duration = (seconds: number) => ({ __class__: 'timedelta', seconds });

let count = 0;
export const newKey = () => `eng_psa-psaProject-${String((count += 1))}`;

export function order(changes: Partial<ProjectOrder> = {}): ProjectOrder {
  const dates = { startOn: '2031-01-15', endOn: '2031-05-31' };
  return {
    ...{ title: 'Alpenwerk portal', ...dates, currency: 'EUR', budgetMinor: 9_000_000, templateRef: 'standard' },
    tasks: [
      { taskKey: 'r1', title: 'Portal: Principal', role: 'Principal', budgetMinutes: 4800, ...dates },
      { taskKey: 'r2', title: 'Portal: Consultant', role: 'Consultant', budgetMinutes: 24_000, ...dates },
    ],
    milestones: [
      { milestoneKey: 'm1', title: 'Blueprint', dueOn: '2031-02-27', amountMinor: 3_000_000 },
      { milestoneKey: 'm2', title: 'Go-live', dueOn: '2031-05-29', amountMinor: 6_000_000 },
    ],
    ...changes,
  };
}

export async function errorOf(call: Promise<unknown>): Promise<AdapterError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AdapterError) return error;
  throw new Error(`expected an AdapterError, got ${String(error)}`);
}

type Send = () => Promise<Response>;

/**
 * Lays a hand on every call that our adapters make of a method: `hand` gets the call and does it, or not. Returns what
 * takes the hand away.
 */
export function onCall(method: string, hand: (send: Send) => Promise<Response>): () => void {
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const ours = new Headers(init?.headers).has('Throughline-Actor');
    const wanted = typeof init?.body === 'string' && init.body.includes(`"method":"${method}"`);
    return ours && wanted ? hand(() => real(input, init)) : real(input, init);
  };
  return () => {
    globalThis.fetch = real;
  };
}
