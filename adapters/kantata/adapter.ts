/**
 * Kantata OX as a PSA. Every create looks up its key first and carries the key with it, because the vendor makes a
 * second record when asked twice; a project is completed part by part, so that whatever an earlier attempt left behind
 * is used.
 */
import type { Connection } from '../../domain/configuration.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import { warnOnStderr, type Warn } from '../http/warn.ts';
import type { CallContext } from '../ports/context.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError } from '../ports/errors.ts';
import type { ProjectOrder, ProjectRecord, PsaPort } from '../ports/psa.port.ts';
import { changedWork } from './changed-work.ts';
import { createKantataClient, type KantataClient, type KantataCredentials } from './client.ts';
import { fromWireProject, keyOf, nestedReference, toWireMilestone, toWireTask, toWireWorkspace } from './convert.ts';
import { createProjectIndex, type ProjectIndex } from './project-index.ts';
import {
  SERVICE_NAME,
  type WireDemand,
  type WireReference,
  type WireRole,
  type WireStory,
  type WireWorkspace,
} from './wire.ts';

/** What the link of a project says when there is none; the vendor has no way to remove a reference. */
const UNLINKED = 'unlinked';

/** Changes are asked for by stamp, and a record that is gone has none. */
const CANNOT: PsaPort['cannot'] = {
  deletedTime:
    'Kantata keeps no trace of time that is deleted: what was taken over stays. Reject it or set it to zero instead.',
};

interface Account {
  connectionId: string;
  client: KantataClient;
  projects: ProjectIndex;
  warn: Warn;
}

/** A PSA port on the account of `connection`. */
export function createKantataPsa(
  connection: Connection,
  credentials: KantataCredentials,
  warn: Warn = warnOnStderr,
): PsaPort {
  const client = createKantataClient(connection, credentials);
  const account = { connectionId: connection.connectionId, client, projects: createProjectIndex(client), warn };
  return {
    cannot: CANNOT,
    findProject: (key, context) => findProject(account, key, context),
    createProject: (key, order, context) => createProject(account, key, order, context),
    archiveProject: (key, context) => archiveProject(account, key, context),
    linkProject: (projectId, link, context) => linkProject(account, projectId, link, context),
    readLink: (projectId, context) => readLink(client, projectId, context),
    publishDemand: (projectId, demands, context) => publishDemand(account, projectId, demands, context),
    readDemand: (projectId, context) => openDemands(client, projectId, context),
    withdrawDemand: (projectId, context) => withdrawDemand(account, projectId, context),
    changedWork: (since, context) => changedWork({ ...account, since }, context),
  };
}

/** All projects that carry the key: more than one when a request that was thought lost arrived after all. */
async function findWorkspaces(account: Account, key: string, context: CallContext): Promise<WireWorkspace[]> {
  const ids = await account.projects.find(key, context);
  if (ids.length === 0) return [];
  const query = { only: ids.join(','), include_archived: 'true', include: 'external_references' };
  const { records: known, references } = await account.client.all<WireWorkspace>('workspaces', query, context);
  // What the index remembers is a hint; the record itself says whose it is.
  return known.filter((workspace) => keyOf(references, 'project', workspace.id) === key);
}

/**
 * The project that carries the key; an archived one only where no other does. @throws conflict when several are open
 */
async function findWorkspace(account: Account, key: string, context: CallContext): Promise<WireWorkspace | undefined> {
  const records = await findWorkspaces(account, key, context);
  const open = records.filter((workspace) => !workspace.archived);
  if (open.length > 1) {
    const { connectionId } = account;
    const names = open.map((workspace) => workspace.id).join(', ');
    throw new AdapterError('conflict', `projects ${names} all carry the key ${key}`, {
      connectionId,
      operation: 'find project',
    });
  }
  return open[0] ?? records[0];
}

async function findProject(account: Account, key: string, context: CallContext): Promise<ProjectRecord | undefined> {
  const workspace = await findWorkspace(account, key, context);
  return workspace === undefined ? undefined : readProject(account, workspace, context);
}

async function readProject(account: Account, workspace: WireWorkspace, context: CallContext): Promise<ProjectRecord> {
  const query = { workspace_id: workspace.id, include: 'external_references' };
  const { records, references } = await account.client.all<WireStory>('stories', query, context);
  return understand(account.connectionId, 'read project', () =>
    fromWireProject(workspace, records, references, account.warn),
  );
}

/**
 * Makes what is missing. An archived project is given back as it is: it was undone, and is not to be revived by a late
 * call.
 */
async function createProject(
  account: Account,
  key: string,
  order: ProjectOrder,
  context: CallContext,
): Promise<ProjectRecord> {
  const { client, connectionId } = account;
  const place = { connectionId, operation: 'create project' };
  const project = await confirmed<ProjectRecord | undefined>(place, {
    look: () => findProject(account, key, context),
    missing(seen) {
      if (seen === undefined) return ['the project is not to be seen yet'];
      const { tasks, milestones } = absentParts(order, seen);
      return [...tasks, ...milestones].map(({ title }) => `"${title}" is not there`);
    },
    async write(seen) {
      const projectId =
        seen?.projectId ??
        (await client.create(
          'workspaces',
          prepare(connectionId, 'create workspace', () => toWireWorkspace(key, order)),
          context,
        ));
      const { tasks, milestones } = absentParts(order, seen);
      for (const task of tasks) await client.create('stories', toWireTask(projectId, task), context);
      for (const milestone of milestones)
        await client.create('stories', toWireMilestone(projectId, milestone), context);
    },
  });
  return project as ProjectRecord; // Nothing is missing: it is there.
}

/** What an order has and the project does not; of an archived project nothing is missed. */
function absentParts(order: ProjectOrder, seen: ProjectRecord | undefined): Pick<ProjectOrder, 'tasks' | 'milestones'> {
  if (seen?.archived === true) return { tasks: [], milestones: [] };
  const taskKeys = new Set(seen?.tasks.map(({ taskKey }) => taskKey));
  const milestoneKeys = new Set(seen?.milestones.map(({ milestoneKey }) => milestoneKey));
  return {
    tasks: order.tasks.filter(({ taskKey }) => !taskKeys.has(taskKey)),
    milestones: order.milestones.filter(({ milestoneKey }) => !milestoneKeys.has(milestoneKey)),
  };
}

/** Several are archived as well: what an undo leaves behind must not depend on how often a create got through. */
async function archiveProject(account: Account, key: string, context: CallContext): Promise<void> {
  const { client, connectionId } = account;
  await confirmed(
    { connectionId, operation: 'archive project' },
    {
      look: async () => (await findWorkspaces(account, key, context)).filter((workspace) => !workspace.archived),
      missing: (open) => open.map(({ id }) => `project ${id} is open`),
      async write(open) {
        for (const { id } of open) await client.update('workspaces', id, { archived: true }, context);
      },
    },
  );
}

type Link = Parameters<PsaPort['linkProject']>[1];

async function linkProject(account: Account, projectId: string, link: Link, context: CallContext): Promise<void> {
  const { client, connectionId } = account;
  const fields = {
    ...nestedReference('engagement', link?.engagementId ?? UNLINKED),
    subject_type: 'Workspace',
    subject_id: projectId,
    external_status: link?.status ?? '',
    external_message: link?.contractRef ?? '',
  };
  await confirmed(
    { connectionId, operation: 'link project' },
    {
      look: () => readLink(client, projectId, context),
      missing: (seen) => (link === null ? (seen === null ? [] : ['it is linked']) : differencesOf(link, seen ?? {})),
      write: () => client.putReference(fields, context),
    },
  );
}

async function readLink(client: KantataClient, projectId: string, context: CallContext): Promise<Link> {
  const query = { subject_type: 'Workspace', subject_id: projectId };
  const { records } = await client.all<WireReference>('external_references', query, context);
  const found = records.find(
    (reference) =>
      reference.service_name === SERVICE_NAME &&
      reference.service_model === 'engagement' &&
      reference.subject_id === projectId,
  );
  if (found === undefined || found.service_model_ref === UNLINKED) return null;
  return {
    engagementId: found.service_model_ref,
    contractRef: found.external_message ?? '',
    status: found.external_status ?? '',
  };
}

async function openDemands(
  client: KantataClient,
  projectId: string,
  context: CallContext,
): ReturnType<PsaPort['readDemand']> {
  const query = { workspace_id: projectId, include: 'external_references' };
  const { records, references } = await client.all<WireDemand>('staffing_demands', query, context);
  return records
    .filter((demand) => demand.state !== 'cancelled')
    .flatMap((demand) => {
      const demandKey = keyOf(references, 'demand', demand.id);
      return demandKey === null ? [] : [{ demandKey, demandId: demand.id }];
    });
}

type Demands = Parameters<PsaPort['publishDemand']>[1];

async function publishDemand(
  account: Account,
  projectId: string,
  demands: Demands,
  context: CallContext,
): Promise<string[]> {
  const { client, connectionId } = account;
  const absent = (open: Awaited<ReturnType<typeof openDemands>>) =>
    demands.filter(({ demandKey }) => !open.some((demand) => demand.demandKey === demandKey));
  const open = await confirmed(
    { connectionId, operation: 'publish demand' },
    {
      look: () => openDemands(client, projectId, context),
      missing: (seen) => absent(seen).map(({ demandKey }) => `demand ${demandKey} is not there`),
      write: (seen) => createDemands(account, projectId, absent(seen), context),
    },
  );
  return open.map((demand) => demand.demandId);
}

async function createDemands(
  { client, connectionId }: Account,
  projectId: string,
  missing: Demands,
  context: CallContext,
): Promise<void> {
  const roles = (await client.all<WireRole>('roles', {}, context)).records;
  const roleIds = new Map(roles.map((role) => [role.name, role.id]));
  const unknown = missing.find((demand) => !roleIds.has(demand.role));
  if (unknown !== undefined) {
    const operation = 'create staffing_demand';
    throw new AdapterError('rejected', `the PSA has no role "${unknown.role}"`, {
      connectionId,
      operation,
    });
  }
  for (const demand of missing) {
    await client.create(
      'staffing_demands',
      {
        workspace_id: projectId,
        title: demand.role,
        role_id: roleIds.get(demand.role),
        quantity: 1,
        start_date: demand.startOn,
        end_date: demand.endOn,
        requested_minutes: demand.minutes,
        external_reference: nestedReference('demand', demand.demandKey),
      },
      context,
    );
  }
}

async function withdrawDemand(account: Account, projectId: string, context: CallContext): Promise<void> {
  const { client, connectionId } = account;
  await confirmed(
    { connectionId, operation: 'withdraw demand' },
    {
      look: () => openDemands(client, projectId, context),
      missing: (open) => open.map(({ demandKey }) => `demand ${demandKey} is open`),
      async write(open) {
        for (const { demandId } of open)
          await client.update('staffing_demands', demandId, { state: 'cancelled' }, context);
      },
    },
  );
}
