// The systems of the benchmark: every call of an engagement is answered at once, in this process, by the simulated
// world that the unit tests use. So what is measured is the workflow and the engine, not databases and vendors.
import type { CallInput, CallResult, Envelope, InboxFact, InboxPage } from '../domain/engagement/calls.ts';
import { type CallName, SAGAS } from '../domain/engagement/sagas.ts';
import type { EngagementSummary } from '../domain/engagement/view.ts';
import { deal } from '../test/unit/engagement/contracts.ts';
import { Outside } from '../test/unit/engagement/outside.ts';

/** Three months of time and materials, in the future, so that time moves forward only. */
export const DEAL = deal({
  model: 'time-and-materials',
  amountMinor: 3_000_000,
  startOn: '2031-01-01',
  endOn: '2031-03-31',
});

/** One engagement's world, and what its workflow last said. */
export interface Side {
  outside: Outside;
  summary: EngagementSummary | null;
  /** The draft that waits for approval. */
  draft: { sagaId: string; hash: string; invoiceId: string; totalMinor: number } | null;
  inbox: InboxFact[];
}

const CALLS = new Set<CallName>(
  Object.values(SAGAS)
    .flat()
    .flatMap((row) => [row.prepare, row.do, row.verify, row.undo, row.lookUp])
    .filter((call): call is CallName => call !== undefined && call !== 'keep'),
);

/** Activities over worlds by engagement id; a world is made when it is first asked for. */
export function cannedActivities(sides: Map<string, Side>): object {
  const sideOf = (engagementId: string): Side => {
    const known = sides.get(engagementId);
    if (known) return known;
    const side: Side = { outside: new Outside(DEAL), summary: null, draft: null, inbox: [] };
    sides.set(engagementId, side);
    return side;
  };
  const perform = (name: CallName, input: CallInput): CallResult => {
    const side = sideOf(input.engagementId);
    const result = side.outside.perform(name, input);
    const draft = result.draft;
    if (draft) {
      const { hash, invoiceId, total } = draft;
      side.draft = { sagaId: input.sagaId, hash, invoiceId, totalMinor: total.amountMinor };
    }
    return result;
  };
  const calls = [...CALLS].map((name) => [
    name,
    (envelope: Envelope<CallInput>) => Promise.resolve(perform(name, envelope.data)),
  ]);
  return {
    ...(Object.fromEntries(calls) as object),
    readInbox: ({ data }: Envelope<{ engagementId: string }>): Promise<InboxPage> =>
      Promise.resolve({ facts: sideOf(data.engagementId).inbox.splice(0), more: false }),
    publish: ({ data }: Envelope<{ engagementId: string; summary: EngagementSummary }>): Promise<void> => {
      sideOf(data.engagementId).summary = data.summary;
      return Promise.resolve();
    },
  };
}
