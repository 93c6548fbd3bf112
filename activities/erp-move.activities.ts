/**
 * The steps of a move that hand what is earned and not billed over from one ERP to the next (R67, ADR 0014). Customer
 * and contract in the new one are made by the calls of set-up.
 */
import { linesOf } from '../domain/deal/contract.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import type { ErpMove } from '../domain/engagement/state.ts';
import { DomainError } from '../domain/errors.ts';
import { inErp } from '../domain/erp-routing.ts';
import { transferJournals } from '../domain/ledger/across-erps.ts';
import { laterOf } from '../domain/time/plain-date.ts';
import type { Books } from '../persistence/books.ts';
import { balancesOf, ledgerEntry } from './billing/bookkeeping.ts';
import { type Call, contextOf, type Dependencies, legalEntityOf } from './dependencies.ts';
import { answered, translated } from './failures.ts';
import { postJournal } from './journal-posting.ts';

/** @throws MOVE_UNKNOWN */
function moveOf({ scope, key }: CallInput): ErpMove {
  if (scope.erpMove) return scope.erpMove;
  throw new DomainError('MOVE_UNKNOWN', `step ${key} does not say which move it is about`, { key });
}

/** The two journals of a move, per currency one of each. */
function sourcesOf(input: CallInput): { out: string; into: string } {
  const { from, to } = moveOf(input);
  const source = `${input.engagementId}:${input.legalEntityId}:${from}>${to}`;
  return { out: `${source}:out`, into: `${source}:in` };
}

/** The calls of a move. */
export function createErpMoveActivities({ systems, books, configuration }: Dependencies) {
  /** Dated by the move, or by what the old ledger has later of what is handed over. */
  async function transfer(inOne: Books, envelope: Envelope<CallInput>): Promise<CallResult> {
    const input = envelope.data;
    const { engagementId, legalEntityId, key } = input;
    const { from, to, on } = moveOf(input);
    const sources = sourcesOf(input);
    const wholeEntity = legalEntityOf(configuration, legalEntityId);
    const contract = await inOne.contracts.get(engagementId, input.contractVersion);
    const erp = { connectionId: from, beganWith: wholeEntity.erpConnectionId };
    const lastOn = await inOne.journals.lastPostedOn(engagementId, legalEntityId);
    const own = new Map(linesOf(contract, legalEntityId).map(({ lineId, value }) => [lineId, value.currency]));
    const standing = await balancesOf(inOne, engagementId, contract, erp);
    for (const currency of new Set(own.values())) {
      const balances = standing.filter(({ contractLineId }) => own.get(contractLineId) === currency);
      const postedOn = laterOf(on, lastOn ?? on);
      const journals = transferJournals({ legalEntityId, currency, postedOn, from, to, balances });
      if (!journals) continue;
      const of = { engagementId, sourceKind: 'transfer' as const, erpId: null };
      const out = { ...of, sourceId: sources.out, key: `${key}-out-${currency}` };
      const into = { ...of, sourceId: sources.into, key: `${key}-in-${currency}` };
      await inOne.journals.add(ledgerEntry(journals.out, inErp(wholeEntity, from), out));
      await inOne.journals.add(ledgerEntry(journals.into, inErp(wholeEntity, to), into));
    }
    return {};
  }

  const transferBalances: Call = (envelope) =>
    translated(() =>
      books.exclusively(envelope.data.engagementId, async (inOne) => {
        const { out, into } = sourcesOf(envelope.data);
        const known = await inOne.journals.ofSources('transfer', [out, into]);
        return known.length > 0 ? {} : transfer(inOne, envelope);
      }),
    );

  /** Posts each journal where its ledger is, and reads it back. */
  const postErpTransfer: Call = (envelope) =>
    answered(async () => {
      const { out, into } = sourcesOf(envelope.data);
      for (const journal of await books.journals.ofSources('transfer', [out, into])) {
        const entity = legalEntityOf(configuration, journal.legalEntityId);
        const { erpConnectionId } = inErp(entity, journal.erpConnectionId ?? undefined);
        await postJournal(books, systems.erp(erpConnectionId), journal, contextOf(envelope));
      }
      return {};
    });

  return { transferBalances, postErpTransfer };
}
