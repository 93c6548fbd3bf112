/**
 * A person's decision on work, from question to books in one transaction: the batch is read while nobody else decides
 * on it, the rules of domain/work say yes or no, and an approval reaches the engagement like one of a PSA. The same
 * command again gets the answer that it got.
 */
import type { Connection } from '../domain/configuration.ts';
import {
  type AskedDecision,
  entriesOf,
  type FoundBatch,
  refusalOfWorkDecision,
  type WorkBatch,
  type WorkRefusal,
  type WorkVerdict,
} from '../domain/work/batch.ts';
import type { Books } from './books.ts';
import { mintId } from './ids.ts';
import type { DecidedEntry } from './repositories/work-batches.ts';
import { workLock } from './repositories/work-facts.ts';

/** What is asked for. */
export interface WorkCommand extends AskedDecision {
  /** The same for a repetition of the same command. */
  commandId: string;
  batch: WorkBatch;
  reason: string | null;
}

/** The answer: what was decided, or why not; and the hash of what waits in the batch now. */
export type WorkAnswer =
  | { outcome: 'decided'; verdict: WorkVerdict; entries: DecidedEntry[]; hash: string; waiting: number }
  | { outcome: 'refused'; refusal: WorkRefusal; hash: string };

/** Decides, or says why not. `connections` tell which person of a PSA has which subject. */
export function decideWork(
  books: Books,
  command: WorkCommand,
  connections: Readonly<Record<string, Connection>>,
): Promise<WorkAnswer> {
  const { commandId, batch, verdict, hash, reason, actor } = command;
  const { engagementId, legalEntityId } = batch;
  return books.exclusively(workLock(engagementId), async (inOne) => {
    const known = await answerTo(inOne, command);
    if (known) return known;
    const stage = await inOne.projection.stageUntilCommit(engagementId);
    const content = await inOne.workBatches.read(batch);
    const found: FoundBatch = { legalEntityId, stage, hash: content.hash, entries: content.entries };
    const refusal = refusalOfWorkDecision(command, found, connections);
    if (refusal) return { outcome: 'refused', refusal, hash: content.hash };
    const entries = entriesOf(command, found);
    const decision = { decisionId: mintId('wkd'), commandId, batch, verdict, hash, reason, actor };
    await inOne.workBatches.add(decision, entries);
    for (const connectionId of new Set(entries.map((entry) => entry.connectionId))) {
      await inOne.workFacts.tellFirstApprovals(connectionId, actor);
      await inOne.workFacts.tellWaiting(connectionId, [engagementId], actor);
    }
    const taken = await answerTo(inOne, command);
    if (taken) return taken;
    throw new Error(`decision ${decision.decisionId} vanished`);
  });
}

/** What the command has decided, with what waits in its batch now; undefined when it has decided nothing. */
async function answerTo(books: Books, { commandId, batch }: WorkCommand): Promise<WorkAnswer | undefined> {
  const decided = await books.workBatches.findDecision(commandId);
  if (!decided) return undefined;
  const { hash, entries } = await books.workBatches.read(batch);
  return { outcome: 'decided', ...decided, hash, waiting: entries.length };
}
