/**
 * Contracts, people and policy for the tests of an engagement: every pricing model, one or several legal entities.
 * Amounts are multiples of five, so that the 20 % tax of the simulated invoices is a whole number.
 */
import type { Actor, Role } from '../../../domain/actor.ts';
import { DEFAULT_POLICY, type Policy } from '../../../domain/configuration.ts';
import type { Validated } from '../../../domain/engagement/calls.ts';
import type { LineSummary, MilestoneSummary } from '../../../domain/engagement/state.ts';
import { money } from '../../../domain/money/money.ts';
import { epochDays, type PlainDate } from '../../../domain/time/plain-date.ts';

const DAY_MS = 86_400_000;

/** Midnight UTC of a date. */
export function instant(date: PlainDate): number {
  return epochDays(date) * DAY_MS;
}

function person(subject: string, roles: Role[], legalEntities = ['*']): Actor {
  return { subject, roles, legalEntities };
}

export const REQUESTER = person('sales@firm', []);
export const OPS = person('ops@firm', ['ops']);
export const DELIVERY = person('delivery@firm', ['delivery']);
export const PREPARER = person('preparer@firm', ['fin-preparer']);
export const APPROVER = person('approver@firm', ['fin-approver']);
export const UK_APPROVER = person('uk-approver@firm', ['fin-approver'], ['uk']);

/** Undo is given up after two probes, and probes are a day apart at last, so that tests stay short. */
export const POLICY: Policy = { ...DEFAULT_POLICY, probeDelayMaxMs: DAY_MS, undoProbesMax: 2 };

/** What validation finds a deal to be. */
export interface Deal {
  validated: Validated;
  /** First instant of the engagement. */
  receivedAt: number;
}

/** A contract line; milestones are pairs of id and amount in minor units. */
export interface LinePlan {
  model: LineSummary['model'];
  amountMinor: number;
  startOn: PlainDate;
  endOn: PlainDate;
  legalEntityId?: string;
  currency?: string;
  inAdvance?: boolean;
  milestones?: readonly (readonly [string, number])[];
}

/** A deal of some lines, received on the day its first line starts. The first line's entity leads. */
export function deal(...plans: LinePlan[]): Deal {
  const lines = plans.map((plan, index): LineSummary => ({
    lineId: `line-${String(index + 1)}`,
    name: `Line ${String(index + 1)}`,
    legalEntityId: plan.legalEntityId ?? 'uk',
    value: money(plan.amountMinor, plan.currency ?? 'GBP'),
    startOn: plan.startOn,
    endOn: plan.endOn,
    model: plan.model,
    inAdvance: plan.inAdvance ?? false,
  }));
  const milestones = plans.flatMap((plan, index) =>
    (plan.milestones ?? []).map(([milestoneId, amountMinor]): MilestoneSummary => ({
      milestoneId,
      lineId: `line-${String(index + 1)}`,
      name: `Milestone ${milestoneId}`,
      amount: money(amountMinor, plan.currency ?? 'GBP'),
      state: 'planned',
    })),
  );
  const startOn = lines.map((line) => line.startOn).sort()[0] ?? '2026-01-01';
  const endOn =
    lines
      .map((line) => line.endOn)
      .sort()
      .at(-1) ?? startOn;
  const entityIds = [...new Set(lines.map((line) => line.legalEntityId))];
  const contract = {
    version: 1,
    hash: 'contract-hash',
    name: 'Ledger renewal',
    customerId: 'cus_1',
    customerName: 'Northwind',
    leadLegalEntityId: entityIds[0] ?? 'uk',
    startOn,
    endOn,
    lines,
  };
  const calendars = entityIds.map((legalEntityId) => ({
    legalEntityId,
    offsets: [{ fromMs: 0, offsetMinutes: legalEntityId === 'us' ? -300 : 0 }],
    holidays: [],
    knownUntilMs: instant('2030-01-01'),
  }));
  return { validated: { contract, calendars, milestones, recordUrls: {} }, receivedAt: instant(startOn) };
}

/** January to March 2026, hours as they come. */
export const timeAndMaterials = deal({
  model: 'time-and-materials',
  amountMinor: 3_000_000,
  startOn: '2026-01-01',
  endOn: '2026-03-31',
});

/** 60,000.00 GBP in two milestones over two months. */
export const fixedFee = deal({
  model: 'fixed-fee',
  amountMinor: 6_000_000,
  startOn: '2026-01-01',
  endOn: '2026-02-28',
  milestones: [
    ['m1', 2_000_000],
    ['m2', 4_000_000],
  ],
});

/** 14 months at 1,000.00 GBP, each billed on its first day. */
export const retainerInAdvance = deal({
  model: 'retainer',
  amountMinor: 1_400_000,
  startOn: '2026-01-15',
  endOn: '2027-02-28',
  inAdvance: true,
});

/** Hours, a milestone and a retainer in arrears in one contract of one entity. */
export const mixed = deal(
  { model: 'time-and-materials', amountMinor: 1_000_000, startOn: '2026-01-01', endOn: '2026-02-28' },
  {
    model: 'fixed-fee',
    amountMinor: 500_000,
    startOn: '2026-01-01',
    endOn: '2026-02-28',
    milestones: [['m1', 500_000]],
  },
  { model: 'retainer', amountMinor: 200_000, startOn: '2026-01-01', endOn: '2026-02-28' },
);

/** Hours of a British entity in pounds and a retainer of an American one in dollars, one month. */
export const twoEntities = deal(
  { model: 'time-and-materials', amountMinor: 1_000_000, startOn: '2026-01-01', endOn: '2026-01-31' },
  {
    model: 'retainer',
    amountMinor: 300_000,
    startOn: '2026-01-01',
    endOn: '2026-01-31',
    legalEntityId: 'us',
    currency: 'USD',
  },
);
