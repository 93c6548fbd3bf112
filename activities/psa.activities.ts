/** The steps of an engagement that read or write its PSA. */
import { stepKey } from '../domain/engagement/keys.ts';
import type { CallInput, Envelope } from '../domain/engagement/calls.ts';
import { projectOrder, resourceDemand } from '../domain/project/work-breakdown.ts';
import { DomainError } from '../domain/errors.ts';
import { lookup } from '../domain/lookup.ts';
import type { ProjectRecord, PsaPort } from '../adapters/ports/index.ts';
import { lastReport, reportToProject } from './connections/report-status.ts';
import { type Call, contextOf, type Dependencies, legalEntityOf } from './dependencies.ts';
import { answered, assertReadBack, differencesOf } from './failures.ts';

/** The project of the step's legal entity. @throws PROJECT_MISSING before set-up made it */
function projectIdOf(input: CallInput): string {
  const projectId = input.refs[input.legalEntityId]?.projectId;
  if (projectId) return projectId;
  throw new DomainError('PROJECT_MISSING', `${input.legalEntityId} has no project yet`);
}

/** The key under which set-up made the project. */
export function projectKeyOf(input: CallInput): string {
  return stepKey(input.engagementId, 'psaProject', input.setUpNumber, input.legalEntityId, input.legalEntityIds);
}

/** What is said of a part that is not there once: twice means that a request that was thought lost arrived. */
function unlessOnce(part: string, key: string, keys: readonly (string | null)[]): string[] {
  const count = keys.filter((known) => known === key).length;
  if (count === 1) return [];
  return [count === 0 ? `${part} is missing` : `${part} is there ${String(count)} times`];
}

/** The calls to the PSA. */
export function createPsaActivities({ systems, books, configuration }: Dependencies) {
  const psaOf = (input: CallInput): PsaPort =>
    systems.psa(legalEntityOf(configuration, input.legalEntityId).psaConnectionId);
  const contractOf = (input: CallInput) => books.contracts.get(input.engagementId, input.contractVersion);
  const linkOf = (input: CallInput, status: string) => ({
    engagementId: input.engagementId,
    contractRef: input.refs[input.legalEntityId]?.contractId ?? '',
    status,
  });
  const reportOf = ({ engagementId, legalEntityId }: CallInput) => {
    const { psaConnectionId: connectionId } = legalEntityOf(configuration, legalEntityId);
    return { connectionId, engagementId, legalEntityId };
  };
  const call =
    (body: (input: CallInput, envelope: Envelope<CallInput>) => ReturnType<Call>): Call =>
    (envelope) =>
      answered(() => body(envelope.data, envelope));

  /** Tasks and milestones by our keys, so that work and acceptance find their contract lines without guessing. */
  async function keepParts(input: CallInput, connectionId: string, project: ProjectRecord): Promise<void> {
    for (const { taskId, taskKey } of project.tasks) {
      if (taskKey) await books.refs.put({ ...input, key: taskKey }, { connectionId, type: 'task', id: taskId });
    }
    for (const { milestoneId, milestoneKey } of project.milestones) {
      if (milestoneKey)
        await books.refs.put({ ...input, key: milestoneKey }, { connectionId, type: 'milestone', id: milestoneId });
    }
  }

  return {
    /** Makes the project with its work breakdown from the contract (R27, R29). */
    createPsaProject: call(async (input, envelope) => {
      const contract = await contractOf(input);
      const template = lookup(configuration.deliveryTemplates, contract.deliveryTemplate);
      if (!template) throw new DomainError('TEMPLATE_UNKNOWN', 'the delivery template is not configured');
      const order = { ...projectOrder(contract, input.legalEntityId), templateRef: template.psaTemplateRef };
      const project = await psaOf(input).createProject(input.key, order, contextOf(envelope));
      const { psaConnectionId } = legalEntityOf(configuration, input.legalEntityId);
      await keepParts(input, psaConnectionId, project);
      // A create that got no answer may still arrive and make a second project: the poll looks for it (ADR 0012).
      const { lateArrivalMs } = configuration.policy;
      const ref = { connectionId: psaConnectionId, type: 'project', id: project.projectId };
      await books.refs.put(input, ref, { lookAgainAfterMs: lateArrivalMs });
      return { ref: project.projectId };
    }),

    /** A project that lacks its billing attributes is a failure, whatever the transport said (R85). */
    verifyPsaProject: call(async (input, envelope) => {
      const order = projectOrder(await contractOf(input), input.legalEntityId);
      const project = await psaOf(input).findProject(input.key, contextOf(envelope));
      const actual = project && { ...project, tasks: undefined, milestones: undefined };
      const { currency, startOn, endOn, budgetMinor } = order;
      const milestoneKeys = (project?.milestones ?? []).map((known) => known.milestoneKey);
      const taskKeys = (project?.tasks ?? []).map((known) => known.taskKey);
      assertReadBack(`project of ${input.legalEntityId}`, [
        ...differencesOf({ currency, startOn, endOn, budgetMinor, archived: false }, { ...actual }),
        ...order.milestones.flatMap((wanted) =>
          unlessOnce(`milestone "${wanted.title}"`, wanted.milestoneKey, milestoneKeys),
        ),
        ...order.tasks.flatMap((wanted) => unlessOnce(`task "${wanted.title}"`, wanted.taskKey, taskKeys)),
      ]);
      return {};
    }),

    archivePsaProject: call(async (input, envelope) => {
      await psaOf(input).archiveProject(input.key, contextOf(envelope));
      await books.refs.end(input, 'project');
      await books.refs.end(input, 'task');
      await books.refs.end(input, 'milestone');
      return {};
    }),

    /** Shows our ids in the PSA. */
    linkPsaProject: call(async (input, envelope) => {
      await psaOf(input).linkProject(projectIdOf(input), linkOf(input, 'set up'), contextOf(envelope));
      return {};
    }),

    verifyPsaLink: call(async (input, envelope) => {
      const actual = await psaOf(input).readLink(projectIdOf(input), contextOf(envelope));
      assertReadBack(`link of ${input.legalEntityId}`, differencesOf(linkOf(input, 'set up'), { ...actual }));
      return {};
    }),

    unlinkPsaProject: call(async (input, envelope) => {
      await psaOf(input).linkProject(projectIdOf(input), null, contextOf(envelope));
      return {};
    }),

    /** Asks for people as sold (R31). */
    publishDemand: call(async (input, envelope) => {
      const demands = resourceDemand(await contractOf(input), input.legalEntityId);
      const ids = await psaOf(input).publishDemand(projectIdOf(input), demands, contextOf(envelope));
      return { ref: ids.join(',').slice(0, 200) };
    }),

    verifyDemand: call(async (input, envelope) => {
      const wanted = resourceDemand(await contractOf(input), input.legalEntityId).map((demand) => demand.demandKey);
      const known = await psaOf(input).readDemand(projectIdOf(input), contextOf(envelope));
      const keys = known.map((demand) => demand.demandKey);
      assertReadBack(
        `resource demand of ${input.legalEntityId}`,
        wanted.flatMap((key) => unlessOnce(`demand ${key}`, key, keys)),
      );
      return {};
    }),

    withdrawDemand: call(async (input, envelope) => {
      await psaOf(input).withdrawDemand(projectIdOf(input), contextOf(envelope));
      return {};
    }),

    /** Billing and payment status to the project (R40). */
    reportToPsa: call(async (input, envelope) => {
      await reportToProject({ systems, books }, reportOf(input), contextOf(envelope));
      return {};
    }),

    /** The engagement is over: nobody books on its project any more. */
    closePsaProject: call((input, envelope) =>
      lastReport(books, reportOf(input), async () => {
        await reportToProject({ systems, books }, reportOf(input), contextOf(envelope));
        await psaOf(input).archiveProject(projectKeyOf(input), contextOf(envelope));
        return {};
      }),
    ),
  };
}
