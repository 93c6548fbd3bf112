// What the demo plays: four deals of the sandbox, and what goes wrong with three of them on the way.
import type { SandboxClient } from './clients.ts';

/** Work that people do in a month: role, minutes, and expenses in cents. */
export interface MonthlyWork {
  time: { role: string; userId: string; minutes: number }[];
  expenseCents: number;
}

/** A deal to play. */
export interface Scenario {
  dealId: string;
  title: string;
  story: string;
  work: MonthlyWork;
  /** Prepares what goes wrong; called once, before the deal is closed. */
  prepare?: (sandbox: SandboxClient) => Promise<void>;
}

const NO_WORK: MonthlyWork = { time: [], expenseCents: 0 };

/** The deals, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  {
    dealId: '006TL00000000001AA',
    title: 'Time and materials, GBP',
    story: 'the PSA makes the project and then times out: found by its key, not made twice',
    work: {
      time: [
        { role: 'Principal', userId: '101', minutes: 1_440 },
        { role: 'Senior Consultant', userId: '106', minutes: 5_400 },
        { role: 'Consultant', userId: '111', minutes: 7_230 },
      ],
      expenseCents: 41_250,
    },
    prepare: async (sandbox) => {
      await sandbox.fault({
        system: 'kantata',
        operation: 'POST */workspaces*',
        fault: 'fail-after',
        mode: 'reset',
        match: '006TL00000000001AA',
      });
    },
  },
  {
    dealId: '006TL00000000002AA',
    title: 'Fixed fee with three milestones, EUR',
    story: 'the ERP refuses the contract: everything is undone, a person retries, and it goes on',
    work: { time: [{ role: 'Senior Consultant', userId: '107', minutes: 7_200 }], expenseCents: 0 },
    prepare: async (sandbox) => {
      await sandbox.fault({
        system: 'netsuite',
        operation: 'POST */salesOrder',
        fault: 'reject',
        match: 'Plant maintenance',
      });
    },
  },
  {
    dealId: '006TL00000000003AA',
    title: 'Retainer over 14 months, USD',
    story: 'billed in advance each month, recognised month by month',
    work: NO_WORK,
  },
  {
    dealId: '006TL00000000004AA',
    title: 'Time and materials without a tax profile, GBP',
    story: 'stops before anything is created, says why, and goes on by itself when the profile is there',
    work: { time: [{ role: 'Senior Consultant', userId: '106', minutes: 3_000 }], expenseCents: 0 },
  },
];
