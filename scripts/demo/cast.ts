// Who plays the people of the other systems: one cast per profile of `up`. A cast says what is played, does what people
// do in its PSA and ERP, and judges the outcome by their books.
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import type { ApiClient, SandboxClient } from './clients.ts';
import { deliver, pay, work } from './people.ts';
import { prove } from './proof.ts';
import { type Scenario, SCENARIOS } from './scenarios.ts';

/** Has the changes of a connection read now instead of at the next poll. */
export type Announce = (connectionId: string) => Promise<void>;

/** The people of a profile's PSA and ERP. Each act is announced, and returns whether anything was done. */
export interface Cast {
  scenarios: readonly Scenario[];
  pay: (snapshot: EngagementSnapshot, on: PlainDate, announce: Announce) => Promise<boolean>;
  /** The planned work of every month that ends before a date. */
  work: (snapshot: EngagementSnapshot, scenario: Scenario, before: PlainDate, announce: Announce) => Promise<boolean>;
  /** Accepts milestones that are due. */
  deliver: (
    snapshot: EngagementSnapshot,
    dueOn: ReadonlyMap<string, PlainDate>,
    on: PlainDate,
    announce: Announce,
  ) => Promise<boolean>;
  prove: (api: ApiClient, print: (line: string) => void) => Promise<boolean>;
}

/** People in the simulated systems. */
export function sandboxCast(sandbox: SandboxClient): Cast {
  const told = async (did: boolean, connectionId: string, announce: Announce): Promise<boolean> => {
    if (did) await announce(connectionId);
    return did;
  };
  return {
    scenarios: SCENARIOS,
    pay: async (snapshot, on, announce) => told(await pay(sandbox, snapshot, on), 'ns-main', announce),
    work: async (snapshot, scenario, before, announce) =>
      told(await work(sandbox, snapshot, scenario, before), 'kt-main', announce),
    deliver: async (snapshot, dueOn, on, announce) =>
      told(await deliver(sandbox, snapshot, dueOn, on), 'kt-main', announce),
    prove: (api, print) => prove(api, sandbox, print),
  };
}
