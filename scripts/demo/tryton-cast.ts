// The people of the Tryton profile. Time and milestones are entered by the project lead and money by the accountant,
// with Tryton's own API; time is approved in Throughline, because Tryton has no approval of it.
import { addDays, addMonths, earlierOf, laterOf, type PlainDate } from '../../domain/time/plain-date.ts';
import { daysOfMonth, monthsTouched } from '../../domain/time/period.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import type { TrytonWithPeople } from '../tryton/books.ts';
import { daysWorked, enterTime, finishMilestone, payInvoice, type TrytonCompany } from '../tryton/people.ts';
import { TRYTON_ERP, trytonPsa } from '../up/tryton-profile.ts';
import type { Announce, Cast } from './cast.ts';
import type { ApiClient, SandboxClient } from './clients.ts';
import type { Scenario } from './scenarios.ts';
import { proveTryton } from './tryton-proof.ts';

/** A Tryton of ours, with its companies. */
export interface TrytonOfDemo extends TrytonWithPeople {
  companies: (TrytonCompany & {
    legalEntityId: string;
    currency: string;
    accounts: Record<string, { code: string }>;
  })[];
}

const RETAINER = '006TL00000000003AA';
const MONTHS = 6;
const FEE = 12_500;

/** Tryton's invoices go forward in time within a company, so the retainer begins where time and materials ends. */
const TRYTON_SCENARIOS: readonly Scenario[] = [
  {
    dealId: '006TL00000000013AA',
    title: 'Time and materials, USD',
    story: 'Tryton has no approval of time: delivery approves it in Throughline',
    work: { time: [{ role: 'Senior Consultant', userId: 'Grace Miller', minutes: 5_230 }], expenseCents: 0 },
  },
  {
    dealId: '006TL00000000002AA',
    title: 'Fixed fee with three milestones, EUR',
    story: 'a milestone is accepted when the project lead sets it to done',
    work: { time: [{ role: 'Senior Consultant', userId: 'Lena Vogt', minutes: 7_200 }], expenseCents: 0 },
  },
  {
    dealId: RETAINER,
    title: `Retainer over ${String(MONTHS)} months, USD`,
    story: 'billed in advance each month, recognised month by month',
    work: { time: [], expenseCents: 0 },
    prepare: moveRetainer,
  },
];

/** Sales has agreed on fewer months, which begin when the other deal of the company is billed. */
async function moveRetainer(sandbox: SandboxClient): Promise<void> {
  const deal = (await sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === RETAINER)?.object;
  const start = addMonths(String(deal?.Start_Date__c), 2);
  const dates = { Start_Date__c: start, End_Date__c: addDays(addMonths(start, MONTHS), -1) };
  const amount = MONTHS * FEE;
  const change = (object: string, id: string, fields: object): Promise<unknown> =>
    sandbox.act('change-record', { object, id, fields: { ...dates, ...fields } });
  const lines = await sandbox.objects('salesforce', 'OpportunityLineItem');
  for (const { id } of lines.filter(({ object }) => object.OpportunityId === RETAINER)) {
    await change('OpportunityLineItem', id, { UnitPrice: amount, TotalPrice: amount, Line_Amount__c: amount });
  }
  await change('Opportunity', RETAINER, { Amount: amount });
}

/** People in a real Tryton; deals are closed in the simulated CRM. */
export function trytonCast(tryton: TrytonOfDemo, api: ApiClient): Cast {
  const companyOf = (legalEntityId: string) => {
    const found = tryton.companies.find((company) => company.legalEntityId === legalEntityId);
    if (!found) throw new Error(`no company ${legalEntityId} in Tryton`);
    return found;
  };
  return {
    scenarios: TRYTON_SCENARIOS,
    async pay({ state }, on, announce) {
      let paid = false;
      for (const { erpRef, legalEntityId } of state.invoices.filter((invoice) => invoice.state === 'posted')) {
        if (await payInvoice(tryton, companyOf(legalEntityId), { invoiceId: erpRef ?? '', on })) paid = true;
      }
      if (paid) await announce(TRYTON_ERP);
      return paid;
    },
    async work(snapshot, scenario, before, announce) {
      const entity = snapshot.state.entities[0];
      const projectId = entity?.refs.projectId;
      if (!entity || !projectId || scenario.work.time.length === 0) return false;
      const company = companyOf(entity.legalEntityId);
      const dates = unworked(snapshot, before, await daysWorked(tryton, company, projectId));
      for (const on of dates) {
        for (const { role, userId: employee, minutes } of scenario.work.time) {
          await enterTime(tryton, company, { projectId, role, on, minutes, employee });
        }
      }
      if (dates.length > 0) await announce(trytonPsa(entity.legalEntityId));
      return (await approveWork(api, snapshot)) || dates.length > 0;
    },
    async deliver(snapshot, dueOn, on, announce) {
      return deliverIn(tryton, companyOf, snapshot, dueOn, on, announce);
    },
    prove: (client, print) => proveTryton(tryton, client, TRYTON_SCENARIOS, print),
  };
}

/** The day on which the work of each month that ends before a date is entered, where none was. */
function unworked({ state }: EngagementSnapshot, before: PlainDate, worked: string[]): PlainDate[] {
  if (!state.contract) return [];
  const { startOn, endOn } = state.contract;
  return monthsTouched(startOn, endOn).flatMap((month) => {
    const { from, untilExclusive } = daysOfMonth(month);
    const lastDay = earlierOf(addDays(untilExclusive, -1), endOn);
    if (lastDay >= before || worked.some((day) => day.startsWith(month))) return [];
    return [earlierOf(addDays(laterOf(from, startOn), 9), lastDay)];
  });
}

/** Delivery approves what waits. Returns whether anything did. */
async function approveWork(api: ApiClient, { state }: EngagementSnapshot): Promise<boolean> {
  const waiting = await api.workToApprove(state.engagementId);
  for (const { batchId, hash } of waiting) await api.approveWork(batchId, hash);
  return waiting.length > 0;
}

async function deliverIn(
  tryton: TrytonWithPeople,
  companyOf: (legalEntityId: string) => TrytonCompany,
  { state }: EngagementSnapshot,
  dueOn: ReadonlyMap<string, PlainDate>,
  on: PlainDate,
  announce: Announce,
): Promise<boolean> {
  const entity = state.entities[0];
  const projectId = entity?.refs.projectId;
  if (!entity || !projectId) return false;
  let did = false;
  for (const { milestoneId, name, state: stands } of state.milestones) {
    const due = dueOn.get(milestoneId);
    if (!due || due > on || !['planned', 'in-progress'].includes(stands)) continue;
    if (await finishMilestone(tryton, companyOf(entity.legalEntityId), { projectId, title: name, on })) did = true;
  }
  if (did) await announce(trytonPsa(entity.legalEntityId));
  return did;
}
