/**
 * Tryton as a PSA, one company per connection. It refuses no second project with the same key; so a project is made
 * with all its parts in one call, which is one transaction, by one caller at a time (once.ts), looked up before and
 * after. What people wrote meanwhile is never overwritten: a write says what it has read.
 */
import type { Connection } from '../../domain/configuration.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import { warnOnStderr, type Warn } from '../http/warn.ts';
import { type Claims, claimsInProcess } from '../ports/claims.ts';
import type { CallContext } from '../ports/context.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError, type AdapterErrorKind } from '../ports/errors.ts';
import type { ProjectOrder, ProjectRecord, PsaAbility, PsaPort } from '../ports/psa.port.ts';
import { createTrytonClient, type TrytonClient, type TrytonCredentials } from './client.ts';
import { lineLike, readNote } from './note.ts';
import { createWrites, theOne, type Writes } from './once.ts';
import { changedWork } from './psa-changed-work.ts';
import { createCompanyFinder, type CompanyFinder } from './psa-company.ts';
import {
  CLOSED,
  type Company,
  demandOf,
  fromWireProject,
  isClosed,
  linkOf,
  toWireParts,
  toWireProject,
  withDemand,
  withLink,
} from './psa-convert.ts';
import { WORK_FIELDS, type WireWork, type WorkWrite } from './psa-wire.ts';
import { date, refOf } from './values.ts';

/** The credentials of a PSA connection: `company` is the code of its party, where the user sees more than one. */
export type TrytonPsaCredentials = TrytonCredentials & { company?: string };

/** Said to people where Throughline has to do it itself, or has to go without it. */
const CANNOT: Readonly<Partial<Record<PsaAbility, string>>> = {
  approveWork: 'Tryton does not approve time: it is submitted as soon as it is entered, and is approved here.',
  expenses: 'Tryton has no expenses of projects.',
  deliverMilestone: 'A milestone in Tryton is open or done: that it waits for acceptance is not seen there.',
  rejectMilestone: 'A milestone in Tryton is open or done: one that the customer rejects is set back to open.',
  projectTemplates:
    'Tryton has no templates of projects: a project has the tasks and milestones of its contract alone.',
  staffingDemand:
    'Tryton assigns people who are known and has no open demand: what is wanted is written on the task of the role.',
  nonBillableTime: 'Tryton does not say which time is not billed: all time of a project is billable.',
  deletedTime:
    'Tryton keeps no trace of time that is deleted: what was taken over stays. Set it to zero instead of deleting it.',
};

/** No day of work is before it: where timesheets end on it, nothing more is entered. */
const NO_MORE_TIME = '1970-01-01';

interface Account {
  connectionId: string;
  client: TrytonClient;
  company: CompanyFinder;
  writes: Writes;
  warn: Warn;
}

/**
 * A PSA port on one company of the database that `connection` leads to. Ports of several processes on one database need
 * `claims` that they share.
 */
export function createTrytonPsa(
  connection: Connection,
  credentials: TrytonPsaCredentials,
  warn: Warn = warnOnStderr,
  claims: Claims = claimsInProcess(),
): PsaPort {
  const { connectionId } = connection;
  const client = createTrytonClient(connection, credentials, warn);
  const company = createCompanyFinder(connectionId, client, credentials.company);
  const account: Account = {
    connectionId,
    client,
    company,
    writes: createWrites({ connectionId, timeoutMs: connection.timeoutMs, claims, warn }),
    warn,
  };
  return {
    cannot: CANNOT,
    findProject: (key, context) => findProject(account, key, context),
    createProject: (key, order, context) =>
      account.writes.alone(key, context, () => createProject(account, key, order, context)),
    archiveProject: (key, context) => account.writes.alone(key, context, () => archiveProject(account, key, context)),
    linkProject: (projectId, link, context) =>
      account.writes.alone(projectId, context, () => linkProject(account, projectId, link, context)),
    readLink: async (projectId, context) => linkOf(await getWork(account, projectId, context)),
    publishDemand: (projectId, demands, context) =>
      account.writes.alone(projectId, context, () => publishDemand(account, projectId, demands, context)),
    readDemand: async (projectId, context) => demandsOf(await worksBelow(account, projectId, context)),
    withdrawDemand: (projectId, context) =>
      account.writes.alone(projectId, context, () => withdrawDemand(account, projectId, context)),
    changedWork: async (since, context) => {
      const { companyId } = await company(context);
      return changedWork({ connectionId, client, warn, companyId, since }, context);
    },
  };
}

async function findWorks(account: Account, domain: unknown[], context: CallContext): Promise<WireWork[]> {
  const { companyId } = await account.company(context);
  const reading = { domain: [['company', '=', refOf(companyId)], ...domain], fields: WORK_FIELDS };
  return account.client.searchRead<WireWork>('project.work', reading, { companyId }, context);
}

async function getWork(account: Account, workId: string, context: CallContext): Promise<WireWork> {
  const domain = prepare(account.connectionId, 'read project', () => [['id', '=', refOf(workId)]]);
  const [work] = await findWorks(account, domain, context);
  if (work === undefined) throw failure(account, 'not_found', 'read project', `there is no project ${workId}`);
  return work;
}

/**
 * A project and all works below it, the project first; read level by level by the parent itself: series 6.0 keeps one
 * numbered tree of all projects for `child_of`, which every new project renumbers.
 */
async function worksBelow(account: Account, projectId: string, context: CallContext): Promise<WireWork[]> {
  const works = [await getWork(account, projectId, context)];
  for (let level = works; level.length > 0;) {
    level = await findWorks(account, [['parent', 'in', level.map(({ id }) => refOf(id))]], context);
    works.push(...level);
  }
  return works;
}

/**
 * All projects that carry the key: more than one when a request that was thought lost arrived after all, or when a
 * person copied the project, whose comment is copied with it.
 * @throws conflict when only parts of one are left that say whose they are
 */
async function findRoots(account: Account, key: string, context: CallContext): Promise<WireWork[]> {
  const ofProject = ['comment', 'like', lineLike('key', key)];
  const ofParts = ['comment', 'like', lineLike('project', key)];
  const works = await findWorks(account, [['OR', ofProject, ofParts]], context);
  const roots = works.filter(({ type, comment }) => type === 'project' && readNote(comment)['key'] === key);
  const parts = works.filter(({ comment }) => readNote(comment)['project'] === key);
  if (roots.length > 0 || parts.length === 0) return roots;
  // A second project must not be made because somebody emptied a comment.
  const names = parts.map(({ id, name }) => `${name} (${id})`).join(', ');
  const message = `no project carries the key ${key}, but these tasks do: ${names}; its comment has lost our lines`;
  throw failure(account, 'conflict', 'find project', message);
}

/** The project with the key; one out of use only where no other has it. @throws conflict for several open ones */
async function findRoot(account: Account, key: string, context: CallContext): Promise<WireWork | undefined> {
  const roots = await findRoots(account, key, context);
  const open = roots.filter((root) => !isClosed(root));
  const place = { connectionId: account.connectionId, operation: 'find project' };
  return theOne(place, key, open) ?? roots[0];
}

async function findProject(account: Account, key: string, context: CallContext): Promise<ProjectRecord | undefined> {
  const root = await findRoot(account, key, context);
  if (root === undefined) return undefined;
  const [top, ...parts] = await worksBelow(account, root.id, context);
  const company = await account.company(context);
  return understand(account.connectionId, 'read project', () =>
    fromWireProject(top ?? root, parts, company, account.warn),
  );
}

/**
 * Makes the project, or the parts that it has lost. One that is out of use is given back as it is: it was undone, and
 * is not to be revived by a late call.
 */
async function createProject(
  account: Account,
  key: string,
  order: ProjectOrder,
  context: CallContext,
): Promise<ProjectRecord> {
  const { connectionId, client } = account;
  const operation = 'create project';
  const company = await account.company(context);
  const scope = { companyId: company.companyId };
  const project = await confirmed<ProjectRecord | undefined>(
    { connectionId, operation },
    {
      look: () => findProject(account, key, context),
      missing(seen) {
        if (seen === undefined) return ['the project is not to be seen yet'];
        const { tasks, milestones } = absentParts(order, seen);
        return [...tasks, ...milestones].map(({ title }) => `"${title}" is not there`);
      },
      async write(seen) {
        if (seen === undefined) {
          // What cannot be undone is not begun.
          await closedStatus(account, company, context);
          const values = prepare(connectionId, operation, () => toWireProject(key, order, company));
          return account.writes.create({ connectionId, operation }, key, context, {
            look: (within) => findProject(account, key, within),
            send: (within) => client.create('project.work', values, scope, within),
          });
        }
        const values = prepare(connectionId, operation, () => ({
          children: [['create', toWireParts(key, absentParts(order, seen), company)]],
        }));
        const { projectId } = seen;
        await account.writes.alone(projectId, context, () =>
          client.write('project.work', projectId, values, scope, context),
        );
      },
    },
  );
  return project as ProjectRecord; // Nothing is missing: it is there.
}

/** What an order has and the project does not; of one out of use nothing is missed. */
function absentParts(
  { currency, tasks, milestones }: ProjectOrder,
  seen: ProjectRecord,
): Pick<ProjectOrder, 'currency' | 'tasks' | 'milestones'> {
  if (seen.archived) return { currency, tasks: [], milestones: [] };
  const taskKeys = new Set(seen.tasks.map(({ taskKey }) => taskKey));
  const milestoneKeys = new Set(seen.milestones.map(({ milestoneKey }) => milestoneKey));
  return {
    currency,
    tasks: tasks.filter(({ taskKey }) => !taskKeys.has(taskKey)),
    milestones: milestones.filter(({ milestoneKey }) => !milestoneKeys.has(milestoneKey)),
  };
}

/** The status for what is out of use. Tryton has none of its own but "Done", which would accept every milestone. */
async function closedStatus(account: Account, { companyId }: Company, context: CallContext): Promise<number> {
  const domain = [
    ['name', '=', CLOSED],
    ['types', 'in', 'project'],
    ['types', 'in', 'task'],
  ];
  const reading = { domain, fields: ['name'] };
  const [status] = await account.client.searchRead<{ id: string }>(
    'project.work.status',
    reading,
    { companyId },
    context,
  );
  if (status !== undefined) return refOf(status.id);
  const message = `Tryton has no work status "${CLOSED}" for projects and tasks, which takes a project out of use`;
  throw failure(account, 'rejected', 'read statuses', message);
}

/** Every project with the key: what an undo leaves must not depend on how often a create got through. */
async function archiveProject(account: Account, key: string, context: CallContext): Promise<void> {
  const { connectionId } = account;
  await confirmed(
    { connectionId, operation: 'archive project' },
    {
      look: async () => (await findRoots(account, key, context)).filter((root) => !isClosed(root)),
      missing: (open) => open.map(({ id }) => `project ${id} is open`),
      async write(open) {
        for (const { id } of open) await account.writes.alone(id, context, () => close(account, id, context));
      },
    },
  );
}

/** Tasks that are done stay so, for a milestone that was accepted stays accepted. Time that was entered stays. */
async function close(account: Account, projectId: string, context: CallContext): Promise<void> {
  const company = await account.company(context);
  const closed = await closedStatus(account, company, context);
  const [root, ...parts] = await worksBelow(account, projectId, context);
  const noTime = { timesheet_start_date: null, timesheet_end_date: date(NO_MORE_TIME) };
  const done = parts.filter((part) => Number(part['status.'].progress ?? 0) === 1);
  const open = parts.filter((part) => !done.includes(part));
  const changes = [
    ...[...(root === undefined ? [] : [root]), ...open].map((work) => ({
      work,
      values: { ...noTime, status: closed },
    })),
    ...done.map((work) => ({ work, values: noTime })),
  ];
  await writeWorks(account, 'archive project', changes, context);
}

interface Change {
  work: WireWork;
  values: WorkWrite;
}

/**
 * Changes several works in one call, all or none, if they are still as they were read.
 * @throws unavailable when somebody changed one meanwhile: the next attempt reads it again
 */
async function writeWorks(
  account: Account,
  operation: string,
  changes: readonly Change[],
  context: CallContext,
): Promise<void> {
  if (changes.length === 0) return;
  const { companyId } = await account.company(context);
  const unchanged = Object.fromEntries(changes.map(({ work }) => [`project.work,${work.id}`, work._timestamp]));
  const args = changes.flatMap(({ work, values }) => [[refOf(work.id)], values]);
  try {
    await account.client.call('project.work', 'write', args, { companyId, unchanged }, context);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.vendorCode !== 'CHANGED_MEANWHILE') throw error;
    const { connectionId } = account;
    const message = 'somebody changed the project at the same time; nothing was written';
    throw new AdapterError('unavailable', message, {
      connectionId,
      operation,
      vendorCode: error.vendorCode,
      cause: error,
    });
  }
}

type Link = Parameters<PsaPort['linkProject']>[1];

async function linkProject(account: Account, projectId: string, link: Link, context: CallContext): Promise<void> {
  const operation = 'link project';
  await confirmed(
    { connectionId: account.connectionId, operation },
    {
      look: () => getWork(account, projectId, context),
      missing(work) {
        const seen = linkOf(work);
        if (link === null) return seen === null ? [] : ['it is linked'];
        return differencesOf(link, seen ?? {});
      },
      write: (work) => writeWorks(account, operation, [{ work, values: { comment: withLink(work, link) } }], context),
    },
  );
}

type Demands = Parameters<PsaPort['publishDemand']>[1];

function demandsOf(works: readonly WireWork[]): Awaited<ReturnType<PsaPort['readDemand']>> {
  return works.flatMap((work) => {
    const demandKey = demandOf(work);
    return demandKey === undefined ? [] : [{ demandKey, demandId: work.id }];
  });
}

/** The demand is written on the task of its role, where planners choose people for it. */
async function publishDemand(
  account: Account,
  projectId: string,
  demands: Demands,
  context: CallContext,
): Promise<string[]> {
  const operation = 'publish demand';
  const absent = (works: readonly WireWork[]) => {
    const keys = new Set(demandsOf(works).map(({ demandKey }) => demandKey));
    return demands.filter(({ demandKey }) => !keys.has(demandKey));
  };
  const works = await confirmed(
    { connectionId: account.connectionId, operation },
    {
      look: () => worksBelow(account, projectId, context),
      missing: (seen) => absent(seen).map(({ demandKey }) => `demand ${demandKey} is not there`),
      async write(seen) {
        const changes = absent(seen).map((demand) => {
          const work = seen.find(({ comment }) => readNote(comment)['task'] === demand.demandKey);
          if (work !== undefined) return { work, values: { comment: withDemand(work, demand) } };
          const message = `the project has no task ${demand.demandKey} for the role "${demand.role}"`;
          throw failure(account, 'rejected', operation, message);
        });
        await writeWorks(account, operation, changes, context);
      },
    },
  );
  return demandsOf(works).map(({ demandId }) => demandId);
}

async function withdrawDemand(account: Account, projectId: string, context: CallContext): Promise<void> {
  const operation = 'withdraw demand';
  await confirmed(
    { connectionId: account.connectionId, operation },
    {
      look: async () => (await worksBelow(account, projectId, context)).filter((work) => demandOf(work) !== undefined),
      missing: (open) => demandsOf(open).map(({ demandKey }) => `demand ${demandKey} is open`),
      write: (open) => {
        const changes = open.map((work) => ({ work, values: { comment: withDemand(work, null) } }));
        return writeWorks(account, operation, changes, context);
      },
    },
  );
}

function failure(
  { connectionId }: Pick<Account, 'connectionId'>,
  kind: AdapterErrorKind,
  operation: string,
  message: string,
): AdapterError {
  return new AdapterError(kind, message, { connectionId, operation });
}
