/**
 * What changed in the account since the last question: time, expenses and milestones are three lists, each with its own
 * position; together they are one watermark that only this file reads.
 */
import { understand } from '../http/classify.ts';
import type { Warn } from '../http/warn.ts';
import { advance, START, type Position } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { WorkChanges } from '../ports/psa.port.ts';
import type { KantataClient } from './client.ts';
import { fromWireExpense, fromWireMilestoneChange, fromWireTime, instantOf } from './convert.ts';
import type { WireExpense, WireStory, WireTimeEntry } from './wire.ts';

interface Positions {
  time: Position;
  expenses: Position;
  milestones: Position;
}

/** One page of each list. A list that has been read to its end is asked again, which costs one call, until all are. */
export async function changedWork(
  account: { connectionId: string; client: KantataClient; warn: Warn; since: string | null },
  context: CallContext,
): Promise<WorkChanges> {
  const { connectionId, client, warn } = account;
  const from = understand(connectionId, 'read watermark', () => positionsOf(account.since));
  const list = async <R extends { updated_at: string }>(
    collection: string,
    position: Position,
    filter: Record<string, string> = {},
  ) => {
    const now = new Date().toISOString();
    const query = { ...filter, ...queryOf(position), order: 'updated_at:asc' };
    const { records, more } = await client.page<R>(collection, query, context);
    return understand(connectionId, `read ${collection}`, () => {
      const stamps = records.map((record) => instantOf(record.updated_at));
      return { records, more, position: advance(position, stamps, more, now) };
    });
  };
  const [time, expenses, milestones] = await Promise.all([
    list<WireTimeEntry>('time_entries', from.time),
    list<WireExpense>('expenses', from.expenses),
    list<WireStory>('stories', from.milestones, { story_type: 'milestone' }),
  ]);
  const next: Positions = { time: time.position, expenses: expenses.position, milestones: milestones.position };
  return understand(connectionId, 'read changed work', () => ({
    time: time.records.map((entry) => fromWireTime(entry, warn)),
    expenses: expenses.records.map((expense) => fromWireExpense(expense, warn)),
    milestones: milestones.records.map((story) => fromWireMilestoneChange(story, warn)),
    watermark: JSON.stringify(next),
    more: time.more || expenses.more || milestones.more,
  }));
}

/** `updated_after` excludes its own instant, and changes with exactly that stamp may still be unread. */
function queryOf({ after, page }: Position): Record<string, string> {
  if (after === null) return { page: String(page) };
  return { updated_after: new Date(Date.parse(after) - 1).toISOString(), page: String(page) };
}

function positionsOf(watermark: string | null): Positions {
  if (watermark === null) return { time: START, expenses: START, milestones: START };
  const { time, expenses, milestones } = JSON.parse(watermark) as Partial<Positions>;
  return { time: time ?? START, expenses: expenses ?? START, milestones: milestones ?? START };
}
