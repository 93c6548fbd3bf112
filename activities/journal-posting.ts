/**
 * How a journal reaches an ERP, whatever it is about: released by policy, made under its key, read back, and marked.
 * Each part may be repeated, so that a death between two of them costs nothing.
 */
import type { CallContext, ErpPort } from '../adapters/ports/index.ts';
import type { Books } from '../persistence/books.ts';
import type { PostableJournal } from '../persistence/repositories/journals.ts';
import { assertReadBack, differencesOf } from './failures.ts';

/**
 * Posts a journal in the ERP that keeps its ledger; its id there.
 * @throws JOURNAL_NEEDS_APPROVAL, VERIFY_FAILED, JOURNAL_POSTED and the errors of the ERP
 */
export async function postJournal(
  books: Books,
  erp: ErpPort,
  { journalId, key, order, totals }: PostableJournal,
  context: CallContext,
): Promise<string> {
  await books.journals.release(journalId);
  const posted = await erp.createJournal(key, order, context);
  assertReadBack(`journal ${posted.journalId} of key ${key}`, differencesOf(totals, { ...posted }));
  await books.journals.markPosted(journalId, posted.journalId);
  return posted.journalId;
}
