/**
 * The revenue run of a legal entity's month: computed by the rules of domain/revenue, written down once, proposed as
 * one journal per currency that the ERP step posts. A later month catches up what this one could not know; nothing is
 * ever changed.
 */
import type { Contract } from '../domain/deal/contract.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import { DomainError } from '../domain/errors.ts';
import { erpsOf, inErp } from '../domain/erp-routing.ts';
import { isZero, type Money, sumByCurrency } from '../domain/money/money.ts';
import { type RecognisedIn, recognitionByErp } from '../domain/ledger/across-erps.ts';
import type { LineBalance } from '../domain/ledger/balances.ts';
import { revenueJournal } from '../domain/ledger/journal.ts';
import { daysOfMonth, type Month, nextMonth } from '../domain/time/period.ts';
import { addDays, type PlainDate } from '../domain/time/plain-date.ts';
import type { Books } from '../persistence/books.ts';
import type { StoredRevenueEvent } from '../persistence/repositories/revenue.ts';
import { balancesOf, ledgerEntry } from './billing/bookkeeping.ts';
import { type Call, type Dependencies, entityInErp, legalEntityOf, moveBefore } from './dependencies.ts';
import { translated } from './failures.ts';
import { goesOn, type MonthOfRevenue, revenueOfMonth } from './revenue/delivery.ts';

/** Findings shown for one run; the rest are alike. */
const FINDINGS_MAX = 20;

function monthOfScope({ scope, key }: CallInput): Month {
  if (scope.month) return scope.month;
  throw new DomainError('MONTH_MISSING', `step ${key} does not say which month it is about`, { key });
}

/** The sums per currency, without currencies of which nothing was recognised. */
function sums(events: readonly Pick<StoredRevenueEvent, 'amount'>[]): Money[] {
  return sumByCurrency(events.map((event) => event.amount)).filter((amount) => !isZero(amount));
}

function lastDayOf(month: Month): PlainDate {
  return addDays(daysOfMonth(month).untilExclusive, -1);
}

/** What a contract line recognises, by the ledger that books it; the last ERP is the one of today. */
function dividedAmong(
  erps: readonly string[],
  standings: ReadonlyMap<string, readonly LineBalance[]>,
  lineId: string,
  recognised: Money,
): RecognisedIn[] {
  const own = erps.flatMap((erpConnectionId) => {
    const balance = standings.get(erpConnectionId)?.find(({ contractLineId }) => contractLineId === lineId);
    return balance ? [{ erpConnectionId, balance }] : [];
  });
  const current = own.at(-1);
  return current ? recognitionByErp(own.slice(0, -1), current, recognised) : [];
}

/** The calls of revenue. */
export function createRevenueActivities({ books, configuration }: Pick<Dependencies, 'books' | 'configuration'>) {
  async function run(inOne: Books, envelope: Envelope<CallInput>): Promise<CallResult> {
    const input = envelope.data;
    const { engagementId, legalEntityId } = input;
    const month = monthOfScope(input);
    const known = await inOne.revenue.ofMonth(engagementId, legalEntityId, month);
    const contract = await inOne.contracts.get(engagementId, input.contractVersion);
    if (known.length > 0) return answer(inOne, input, contract, known);
    const legalEntity = entityInErp(configuration, input);
    const computed = await revenueOfMonth(inOne, { engagementId, contract, legalEntity, month });
    if (computed.findings.length > 0) {
      const distinct = [...new Map(computed.findings.map((finding) => [finding.message, finding])).values()];
      return { findings: distinct.slice(0, FINDINGS_MAX) };
    }
    const isEarned = computed.recognitions.some(({ recognition }) => !isZero(recognition.amount));
    const move = isEarned ? moveBefore(configuration, input, lastDayOf(month)) : undefined;
    if (move) return move;
    const events = computed.recognitions.map(({ recognition: { method, derivation, ...event } }) => {
      return { ...event, engagementId, legalEntityId, key: input.key, derivation: { method, ...derivation } };
    });
    await inOne.revenue.add(events);
    await addJournals(inOne, input, contract, computed);
    await inOne.audit.add({
      ...{ actor: envelope.actor, correlationId: envelope.correlationId, engagementId },
      ...{
        action: 'revenue.recognise',
        objectType: 'revenue',
        objectId: `${legalEntityId}:${month}`,
        outcome: 'accepted',
      },
      ...{ before: null, after: { recognised: sums(events) }, reason: envelope.actor.reason ?? null },
    });
    return answer(inOne, input, contract, events);
  }

  async function addJournals(
    inOne: Books,
    input: CallInput,
    contract: Contract,
    { recognitions }: MonthOfRevenue,
  ): Promise<void> {
    const { engagementId, legalEntityId, key } = input;
    const month = monthOfScope(input);
    const wholeEntity = legalEntityOf(configuration, legalEntityId);
    const current = entityInErp(configuration, input).erpConnectionId;
    const erps = [...erpsOf(wholeEntity).filter((id) => id !== current), current];
    const sourceId = `${engagementId}:${legalEntityId}:${month}`;
    const standings = new Map<string, LineBalance[]>();
    for (const connectionId of erps) {
      const erp = { connectionId, beganWith: wholeEntity.erpConnectionId };
      standings.set(connectionId, await balancesOf(inOne, engagementId, contract, erp));
    }
    for (const currency of new Set(recognitions.map(({ line }) => line.value.currency))) {
      const parts = recognitions
        .filter(({ line }) => line.value.currency === currency)
        .flatMap(({ line, recognition }) => dividedAmong(erps, standings, line.lineId, recognition.amount));
      for (const [index, erpConnectionId] of erps.entries()) {
        const rows = parts.filter((part) => part.erpConnectionId === erpConnectionId);
        const { journal } = revenueJournal({ legalEntityId, currency, month, postedOn: lastDayOf(month), rows });
        if (!journal) continue;
        // The ERP of before has a journal of its own, beside the one that every month has.
        const own = erpConnectionId === current ? ['', ''] : [`@${erpConnectionId}`, `-${String(index + 1)}`];
        const of = { engagementId, sourceKind: 'revenue' as const, sourceId: `${sourceId}${own[0] ?? ''}` };
        const entry = { ...of, key: `${key}-${currency}${own[1] ?? ''}`, erpId: null };
        await inOne.journals.add(ledgerEntry(journal, inErp(wholeEntity, erpConnectionId), entry));
      }
    }
  }

  /** What a run answers, the first time and every later time. */
  async function answer(
    inOne: Books,
    input: CallInput,
    contract: Contract,
    events: readonly Pick<StoredRevenueEvent, 'amount'>[],
  ): Promise<CallResult> {
    const { engagementId, legalEntityId } = input;
    const month = monthOfScope(input);
    const isOpen = await goesOn(inOne, { engagementId, contract, legalEntityId, month });
    const later: CallResult = isOpen ? { unrecognised: [{ legalEntityId, month: nextMonth(month) }] } : {};
    const [first] = await inOne.journals.toPost({ ...input, scope: { month } });
    if (!first) return { ...later, nothing: true };
    return { ...later, ref: first.journalId, revenue: { recognised: sums(events) } };
  }

  const recogniseRevenue: Call = (envelope) =>
    translated(() => books.exclusively(envelope.data.engagementId, (inOne) => run(inOne, envelope)));

  return {
    /** Recognises a month of a legal entity; the same month again answers as before. */
    recogniseRevenue,
  };
}
