/** The steps of an engagement that read or write its CRM. */
import type { DealWriteBack } from '../adapters/ports/index.ts';
import type { Configuration, Connection } from '../domain/configuration.ts';
import type { ContractLine } from '../domain/deal/contract.ts';
import { type Contract, entitiesOf } from '../domain/deal/contract.ts';
import type { Deal } from '../domain/deal/deal.ts';
import { validateDeal as validate } from '../domain/deal/validate-deal.ts';
import { starterOf } from '../domain/engagement/beginning.ts';
import type { CallInput, CallResult, Envelope, Validated } from '../domain/engagement/calls.ts';
import type { Finding, LineSummary } from '../domain/engagement/state.ts';
import { lookup } from '../domain/lookup.ts';

import { monthsTouched } from '../domain/time/period.ts';
import { earlierOf } from '../domain/time/plain-date.ts';
import type { Books } from '../persistence/books.ts';
import { loadCalendar } from './calendar.activities.ts';
import { dealStatus, lastReport } from './connections/report-status.ts';
import { readingDeal } from './deal-reading.ts';
import { type Call, contextOf, type Dependencies, legalEntityOf } from './dependencies.ts';
import { answered, assertReadBack, differencesOf } from './failures.ts';

/** How far an engagement's calendars reach: 24 months (decisions.md 12), a year beyond the contract for payments. */
const CALENDAR_MONTHS_MIN = 24;
const CALENDAR_BEYOND_MONTHS = 12;

const NOT_WON: Finding = {
  code: 'DEAL_NOT_WON',
  message: 'The deal is not closed as won in the CRM: it is set up when it is',
  ownerRole: 'ops',
};

const LOST: Finding = {
  code: 'DEAL_LOST',
  message: 'The deal is lost in the CRM: there is nothing to set up',
  ownerRole: 'ops',
};

function isInAdvance(line: ContractLine): boolean {
  return line.pricing.model === 'retainer' && line.pricing.timing === 'advance';
}

function lineSummary(line: ContractLine): LineSummary {
  const { lineId, name, legalEntityId, value, startOn, endOn, pricing } = line;
  return { lineId, name, legalEntityId, value, startOn, endOn, model: pricing.model, inAdvance: isInAdvance(line) };
}

function summarise(contract: Contract, hash: string): Omit<Validated, 'calendars' | 'recordUrls'> {
  return {
    contract: {
      version: contract.version,
      hash,
      name: contract.name,
      customerId: contract.customer.customerKey,
      customerName: contract.customer.name,
      leadLegalEntityId: contract.leadLegalEntityId,
      startOn: contract.startOn,
      endOn: contract.endOn,
      lines: contract.lines.map(lineSummary),
    },
    milestones: contract.lines.flatMap((line) =>
      line.pricing.model === 'fixed-fee'
        ? line.pricing.milestones.map(({ milestoneId, name, amount }) => ({
            milestoneId,
            lineId: line.lineId,
            name,
            amount,
            state: 'planned' as const,
          }))
        : [],
    ),
  };
}

function recordUrlsOf(
  { connections, legalEntities }: Configuration,
  id: string,
): NonNullable<Connection['recordUrls']> {
  const { psaConnectionId, erpConnectionId } = lookup(legalEntities, id) ?? {};
  return {
    ...lookup(connections, psaConnectionId ?? '')?.recordUrls,
    ...lookup(connections, erpConnectionId ?? '')?.recordUrls,
  };
}

function idOf({ legalEntityId }: { legalEntityId: string }): string {
  return legalEntityId;
}

function linkOf(input: CallInput): DealWriteBack {
  const refs = input.legalEntityIds.map((id) => input.refs[id]);
  return {
    engagementId: input.engagementId,
    stage: 'Provisioning',
    projectRef: refs.map((ref) => ref?.projectId ?? '').join(','),
    contractRef: refs.map((ref) => ref?.contractId ?? '').join(','),
  };
}

/** The calls to the CRM. */
export function createCrmActivities({ systems, books, configuration }: Dependencies) {
  async function write(envelope: Envelope<CallInput>, fields: DealWriteBack): Promise<CallResult> {
    const { connectionId, dealId } = envelope.data;
    await systems.crm(connectionId).writeBack(dealId, fields, contextOf(envelope));
    return {};
  }
  /** What validation makes of a record: findings, or the contract that it becomes, which is kept. */
  async function judge(inOne: Books, { engagementId, asOf }: CallInput, deal: Deal): Promise<CallResult> {
    if (deal.stage !== 'won') return { findings: [deal.stage === 'lost' ? LOST : NOT_WON] };
    const version = await inOne.contracts.nextVersion(engagementId);
    const outcome = validate(deal, configuration, version);
    if (!outcome.ok) {
      return { findings: outcome.findings.map(({ code, message, ownerRole }) => ({ code, message, ownerRole })) };
    }
    const { contract, hash } = await inOne.contracts.put(engagementId, outcome.contract);
    const firstDay = earlierOf(asOf, contract.startOn);
    const months = monthsTouched(firstDay, contract.endOn).length + CALENDAR_BEYOND_MONTHS;
    const fromMs = Date.parse(`${firstDay}T00:00:00Z`);
    const calendars = entitiesOf(contract).map((id) =>
      loadCalendar(legalEntityOf(configuration, id), fromMs, Math.max(months, CALENDAR_MONTHS_MIN)),
    );
    const recordUrls = Object.fromEntries(entitiesOf(contract).map((id) => [id, recordUrlsOf(configuration, id)]));
    return { validated: { ...summarise(contract, hash), calendars, recordUrls } };
  }

  const call =
    (body: (envelope: Envelope<CallInput>) => Promise<CallResult>): Call =>
    (envelope) =>
      answered(() => body(envelope));

  return {
    /** Reads the deal, checks everything that set-up needs, and stores the contract version that it becomes (R28). */
    validateDeal: call((envelope) =>
      readingDeal({ books, systems }, envelope.data, contextOf(envelope), async (inOne, deal) => {
        const result = await judge(inOne, envelope.data, deal);
        const { engagementId, start } = envelope.data;
        const starter = start && starterOf(start.askers, result.validated?.calendars.map(idOf) ?? []);
        // A refused start leaves no trace, or a later notice of this record would tell nothing new and begin nothing.
        if (start?.isRefusable && !starter) return result;
        // The engagement knows the deal from here on: what a notice says of it later is news only where it differs.
        await inOne.engagements.learn(deal);
        const begunBy = starter ?? start?.askers[0];
        if (begunBy) await inOne.engagements.begunBy(engagementId, begunBy);
        return result;
      }),
    ),

    /** What our fields in the CRM held before, for undo. */
    readCrmLink: call(async (envelope) => {
      const { connectionId, dealId } = envelope.data;
      const before = await systems.crm(connectionId).readWriteBack(dealId, contextOf(envelope));
      return { prepared: { ...before } };
    }),

    /** Writes our ids to the deal, so that the CRM shows them (R17). */
    writeCrmLink: call((envelope) => write(envelope, linkOf(envelope.data))),

    verifyCrmLink: call(async (envelope) => {
      const { connectionId, dealId } = envelope.data;
      const actual = await systems.crm(connectionId).readWriteBack(dealId, contextOf(envelope));
      assertReadBack(`the reference in deal ${dealId}`, differencesOf({ ...linkOf(envelope.data) }, { ...actual }));
      return {};
    }),

    /** Puts our fields back to what they held before. */
    restoreCrmLink: call((envelope) => write(envelope, (envelope.data.prepared ?? {}) as DealWriteBack)),

    /** Billing and payment status to the deal; of engagements that began before a job of the connection told it. */
    reportToCrm: call(async (envelope) =>
      write(envelope, { stage: 'Active', ...(await dealStatus(books, envelope.data.engagementId)) }),
    ),

    /** The engagement is over: the deal says so, with its last figures. */
    closeCrmDeal: call((envelope) => {
      const { connectionId, engagementId } = envelope.data;
      return lastReport(books, { connectionId, engagementId, legalEntityId: '' }, async () =>
        write(envelope, { stage: 'Closed', ...(await dealStatus(books, engagementId)) }),
      );
    }),
  };
}
