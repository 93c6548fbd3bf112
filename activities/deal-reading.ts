/**
 * A deal's record is read without any lock, and what follows from it is decided under one: the CRM may take its time,
 * and no transaction of ours waits for it. Stamps of a CRM may be coarse, so readings are compared in the order in
 * which they were begun: who finds that another one was learned meanwhile reads again.
 */
import type { CallContext } from '../adapters/ports/index.ts';
import type { Deal } from '../domain/deal/deal.ts';
import type { Books } from '../persistence/books.ts';
import type { Dependencies } from './dependencies.ts';

const READINGS_MAX = 5;

/**
 * Reads a deal and runs `decide` in one transaction that no other reading of this deal shares, on a record that is not
 * older than what is known.
 * @throws AdapterError when the CRM does not answer: nothing was decided
 */
export async function readingDeal<T>(
  { books, systems }: Pick<Dependencies, 'books' | 'systems'>,
  { connectionId, dealId: asked }: { connectionId: string; dealId: string },
  context: CallContext,
  decide: (inOne: Books, deal: Deal) => Promise<T>,
): Promise<T> {
  let dealId = asked;
  for (let reading = 1; reading <= READINGS_MAX; reading += 1) {
    const before = await books.engagements.knownVersion(connectionId, dealId);
    const deal = await systems.crm(connectionId).readDeal(dealId, context);
    if (deal.dealId !== dealId) {
      dealId = deal.dealId; // A CRM may know a record by several ids, and only one of them is kept.
      continue;
    }
    const decided = await books.exclusively(`deal ${connectionId} ${dealId}`, async (inOne) => {
      const isMoved = (await inOne.engagements.knownVersion(connectionId, deal.dealId)) !== before;
      return isMoved ? undefined : { value: await decide(inOne, deal) };
    });
    if (decided) return decided.value;
  }
  throw new Error(`deal ${asked} changed in each of ${String(READINGS_MAX)} readings`);
}
