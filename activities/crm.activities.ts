/** The steps of an engagement that read or write its CRM. */
import type { DealWriteBack } from '../adapters/ports/index.ts';
import type { Configuration, Connection } from '../domain/configuration.ts';
import type { ContractLine } from '../domain/deal/contract.ts';
import { type Contract, entitiesOf, leadCurrency } from '../domain/deal/contract.ts';
import type { Deal } from '../domain/deal/deal.ts';
import { validateDeal as validate } from '../domain/deal/validate-deal.ts';
import type { CallInput, CallResult, Envelope, Validated } from '../domain/engagement/calls.ts';
import type { Finding, LineSummary } from '../domain/engagement/state.ts';
import { erpOf } from '../domain/erp-routing.ts';
import { lookup } from '../domain/lookup.ts';
import { formatDecimal, type Money, sumByCurrency, zero } from '../domain/money/money.ts';
import { monthsTouched } from '../domain/time/period.ts';
import { earlierOf, type PlainDate } from '../domain/time/plain-date.ts';
import { loadCalendar } from './calendar.activities.ts';
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

/** The decimal amount in the deal's own currency: the CRM's fields have no other; the rest is left out. */
function inCurrencyOf(contract: Contract, amounts: readonly Money[]): string {
  const currency = leadCurrency(contract);
  return formatDecimal(sumByCurrency(amounts).find((amount) => amount.currency === currency) ?? zero(currency));
}

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

function recordUrlsOf(configuration: Configuration, id: string, on: PlainDate): NonNullable<Connection['recordUrls']> {
  const entity = legalEntityOf(configuration, id);
  return {
    ...lookup(configuration.connections, entity.psaConnectionId)?.recordUrls,
    ...lookup(configuration.connections, erpOf(entity, on).erpConnectionId)?.recordUrls,
  };
}

function linkOf(input: CallInput): DealWriteBack {
  const refs = input.legalEntityIds.map((id) => input.refs[id]);
  return {
    engagementId: input.engagementId,
    stage: input.scope.erpMove ? 'Active' : 'Provisioning',
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
  const call =
    (body: (envelope: Envelope<CallInput>) => Promise<CallResult>): Call =>
    (envelope) =>
      answered(() => body(envelope));

  return {
    /** Reads the deal, checks everything that set-up needs, and stores the contract version that it becomes (R28). */
    validateDeal: call(async (envelope) => {
      const { connectionId, dealId, engagementId, asOf } = envelope.data;
      const deal: Deal = await systems.crm(connectionId).readDeal(dealId, contextOf(envelope));
      // The engagement knows the deal from here on: what a notice says of it later is news only where it differs.
      await books.engagements.learn(deal);
      if (deal.stage !== 'won') return { findings: [deal.stage === 'lost' ? LOST : NOT_WON] };
      const version = await books.contracts.nextVersion(engagementId);
      const outcome = validate(deal, configuration, version);
      if (!outcome.ok) {
        return { findings: outcome.findings.map(({ code, message, ownerRole }) => ({ code, message, ownerRole })) };
      }
      const { contract, hash } = await books.contracts.put(engagementId, outcome.contract);
      const firstDay = earlierOf(asOf, contract.startOn);
      const months = monthsTouched(firstDay, contract.endOn).length + CALENDAR_BEYOND_MONTHS;
      const fromMs = Date.parse(`${firstDay}T00:00:00Z`);
      const calendars = entitiesOf(contract).map((id) =>
        loadCalendar(legalEntityOf(configuration, id), fromMs, Math.max(months, CALENDAR_MONTHS_MIN)),
      );
      const recordUrls = Object.fromEntries(
        entitiesOf(contract).map((id) => [id, recordUrlsOf(configuration, id, asOf)]),
      );
      return { validated: { ...summarise(contract, hash), calendars, recordUrls } };
    }),

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

    /** Billing and payment status to the deal (R40, R48). */
    reportToCrm: call(async (envelope) => {
      const { engagementId, contractVersion, totals } = envelope.data;
      const contract = await books.contracts.get(engagementId, contractVersion);
      return write(envelope, {
        stage: 'Active',
        billedAmount: inCurrencyOf(contract, totals.billed),
        paidAmount: inCurrencyOf(contract, totals.paid),
      });
    }),

    /** The engagement is over: the deal says so. */
    closeCrmDeal: call((envelope) => write(envelope, { stage: 'Closed' })),
  };
}
