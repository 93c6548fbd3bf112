/**
 * What reaches the ERP by policy rather than by a step of an engagement: the cost of approved time, in windows of a
 * legal entity and a month (Dr project cost / Cr payroll clearing), and reclassifications that booking an invoice left.
 * What was batched is written down with the batch, so a crash posts the same batch again by its key; a corrected entry
 * brings the difference in a later batch (R36; domain.md, Postings).
 */
import { AdapterError } from '../../adapters/ports/index.ts';
import type { Configuration, LegalEntity } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { inErp, servedBy } from '../../domain/erp-routing.ts';
import { costPosting } from '../../domain/ledger/postings.ts';
import { lookup } from '../../domain/lookup.ts';
import { dividedBy, times } from '../../domain/money/decimal.ts';
import { type Money, money, subtract, sumMoney } from '../../domain/money/money.ts';
import { toMoney } from '../../domain/money/rounding.ts';
import { daysOfMonth, monthOf } from '../../domain/time/period.ts';
import { addDays, earlierOf, type PlainDate } from '../../domain/time/plain-date.ts';
import type { Books } from '../../persistence/books.ts';
import type { CostBatchLine, CostScope, UncostedTime } from '../../persistence/repositories/costs.ts';
import { ledgerLine } from '../billing/bookkeeping.ts';
import { legalEntityOf } from '../dependencies.ts';
import { isAway } from '../failures.ts';
import { postJournal } from '../journal-posting.ts';
import { pollContext, type PollDependencies } from './source.ts';

/** Lines taken by one run; the next run takes the rest. */
const LINES_MAX = 5_000;

/** What a run did. */
export interface CostResult {
  batches: number;
  lines: number;
  posted: number;
  more: boolean;
}

/** The default of an entity's cost rates: for roles that have no rate of their own. */
const ANY_ROLE = '*';

/**
 * Batches what is not costed yet for the legal entities that an ERP serves on the posting date, and posts every journal
 * that it does not have; one that the ERP refuses holds up no other. `asOf` is the business date of the run.
 * @throws AdapterError when the ERP is away; COST_NOT_POSTED naming each refused journal, COST_RATE_MISSING: both after
 *   everything else is posted
 */
export async function postCosts(
  dependencies: PollDependencies,
  { connectionId, asOf }: { connectionId: string; asOf: PlainDate },
): Promise<CostResult> {
  const { books, configuration } = dependencies;
  const scope = scopeOf(configuration, connectionId, asOf);
  const batched = await books.exclusively(`costs:${connectionId}`, async (inOne) => {
    const entries = await inOne.costs.uncosted(scope, LINES_MAX);
    const windows = groupBy(entries, (entry) => `${entry.legalEntityId} ${monthOf(entry.workedOn)}`);
    for (const window of windows.values()) await batch(inOne, configuration, connectionId, window, asOf);
    return { batches: windows.size, lines: entries.length, more: entries.length === LINES_MAX };
  });
  const { posted, refused } = await postJournals(dependencies, connectionId);
  const missing = (await books.costs.withoutRate(scope)).map((of) => `${of.role} in ${of.legalEntityId}`);
  const waiting = missing.length === 0 ? [] : [`no cost rate for ${missing.join(', ')}: their time waits`];
  if (refused.length > 0) {
    const message = `${refused.length === 1 ? 'a journal is' : 'journals are'} not in the ERP: ${refused.join('; ')}`;
    throw new DomainError('COST_NOT_POSTED', [message, ...waiting].join('; '), { refused, missing });
  }
  if (missing.length > 0) throw new DomainError('COST_RATE_MISSING', waiting.join('; '), { missing });
  return { ...batched, posted };
}

/** An entity without any cost rates posts no cost. */
function scopeOf({ costRates = {}, legalEntities }: Configuration, connectionId: string, asOf: PlainDate): CostScope {
  const served = Object.values(legalEntities).flatMap((entity) => {
    const window = lookup(costRates, entity.legalEntityId) && servedBy(entity, connectionId);
    return window ? [{ legalEntityId: entity.legalEntityId, ...window }] : [];
  });
  const rated = served.flatMap(({ legalEntityId }) =>
    Object.keys(lookup(costRates, legalEntityId) ?? {}).map((role) => ({ legalEntityId, role })),
  );
  return { served, asOf, rated };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The line of an entry: what it should have cost to date less what earlier batches said. */
function lineOf(entry: UncostedTime, rate: string, entity: LegalEntity): CostBatchLine {
  const minutes = entry.approved ? entry.minutes : 0;
  const exact = dividedBy(times(String(minutes), rate), '60');
  const target = toMoney(exact, entity.functionalCurrency, entity.rounding.mode);
  return {
    connectionId: entry.connectionId,
    entryId: entry.entryId,
    version: entry.version,
    engagementId: entry.engagementId,
    minutes: minutes - entry.costedMinutes,
    hourlyRate: rate,
    amountMinor: subtract(target, money(entry.costedMinor, entity.functionalCurrency)).amountMinor,
  };
}

async function batch(
  books: Books,
  configuration: Configuration,
  connectionId: string,
  entries: readonly UncostedTime[],
  asOf: PlainDate,
): Promise<void> {
  const [first] = entries;
  if (!first) return;
  const entity = inErp(legalEntityOf(configuration, first.legalEntityId), connectionId);
  const rates = lookup(configuration.costRates ?? {}, entity.legalEntityId) ?? {};
  const lines = entries.flatMap((entry) => {
    const rate = lookup(rates, entry.role) ?? rates[ANY_ROLE];
    return rate === undefined ? [] : [lineOf(entry, rate, entity)];
  });
  const month = monthOf(first.workedOn);
  const postedOn = earlierOf(asOf, addDays(daysOfMonth(month).untilExclusive, -1));
  const amounts = lines.map((line) => money(line.amountMinor, entity.functionalCurrency));
  await books.costs.add({
    connectionId,
    entity,
    month,
    postedOn,
    amount: sumMoney(amounts, entity.functionalCurrency),
    lines,
    journalLines: (amount: Money) => costLines(entity, amount, postedOn),
  });
}

/** Dr project cost / Cr payroll clearing; a batch of corrections downwards the other way round. */
function costLines(entity: LegalEntity, amount: Money, postedOn: PlainDate) {
  // A batch whose lines cancel out has no journal.
  if (amount.amountMinor === 0) return [];
  const of = { legalEntityId: entity.legalEntityId, postedOn, sourceId: monthOf(postedOn) };
  const { lines } = costPosting(of, { amount, against: 'payroll-clearing', contractLineId: null });
  return lines.map((line) => ledgerLine(line, entity, postedOn));
}

/** Characters of a reason that the summary of a run repeats; the refusal itself keeps all of it. */
const REASON_MAX = 300;

/**
 * Posts one after the other. What is wrong with one journal is kept with it and the next is tried; a system that is
 * away, or leaves two in a row without an answer, is asked no more in this run.
 */
async function postJournals(
  { books, systems, configuration }: PollDependencies,
  connectionId: string,
): Promise<{ posted: number; refused: string[] }> {
  const beganHere = Object.values(configuration.legalEntities).filter((one) => one.erpConnectionId === connectionId);
  const ids = beganHere.map((entity) => entity.legalEntityId);
  const journals = await books.journals.unposted(['cost', 'reclass'], connectionId, ids);
  const refused: string[] = [];
  let wasSilent = false;
  for (const journal of journals) {
    try {
      await postJournal(books, systems.erp(connectionId), journal, pollContext(connectionId));
      wasSilent = false;
    } catch (error) {
      const isSilent = error instanceof AdapterError && error.kind === 'timeout';
      if (isAway(error) && (!isSilent || wasSilent)) throw error;
      wasSilent = isSilent;
      const reason = error instanceof Error ? error.message : String(error);
      await books.journals.refuse(journal.journalId, reason);
      refused.push(`${journal.key} (${journal.order.memo}): ${reason.slice(0, REASON_MAX)}`);
    }
  }
  return { posted: journals.length - refused.length, refused };
}
