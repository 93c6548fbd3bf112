/**
 * What reaches the ERP by policy rather than by a step of an engagement: the cost of approved time, in windows of a
 * legal entity and a month (Dr project cost / Cr payroll clearing), and reclassifications that booking an invoice left.
 * What was batched is written down with the batch, so a crash posts the same batch again by its key; a corrected entry
 * brings the difference in a later batch (R36; domain.md, Postings).
 */
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
import type { CostBatchLine, UncostedTime } from '../../persistence/repositories/costs.ts';
import { ledgerLine } from '../billing/bookkeeping.ts';
import { legalEntityOf } from '../dependencies.ts';
import { assertReadBack, differencesOf } from '../failures.ts';
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
 * Batches what is not costed yet for the legal entities that an ERP serves on the posting date, and posts every batch
 * that it does not have. `asOf` is the business date of the run.
 * @throws COST_RATE_MISSING after everything that has a rate is posted
 */
export async function postCosts(
  dependencies: PollDependencies,
  { connectionId, asOf }: { connectionId: string; asOf: PlainDate },
): Promise<CostResult> {
  const { books, configuration } = dependencies;
  const costed = Object.keys(configuration.costRates ?? {}).flatMap((legalEntityId) => {
    const window = servedBy(legalEntityOf(configuration, legalEntityId), connectionId);
    return window ? [{ legalEntityId, ...window }] : [];
  });
  const missing = new Set<string>();
  const batched = await books.exclusively(`costs:${connectionId}`, async (inOne) => {
    const entries = await inOne.costs.uncosted(costed, asOf, LINES_MAX);
    const windows = groupBy(entries, (entry) => `${entry.legalEntityId} ${monthOf(entry.workedOn)}`);
    let batches = 0;
    for (const window of windows.values())
      batches += await batch(inOne, configuration, connectionId, window, asOf, missing);
    return { batches, lines: entries.length, more: entries.length === LINES_MAX && missing.size === 0 };
  });
  const posted = await postProposed(dependencies, connectionId);
  if (missing.size > 0) {
    const message = `no cost rate for ${[...missing].sort().join(', ')}: their time waits`;
    throw new DomainError('COST_RATE_MISSING', message, { missing: [...missing] });
  }
  return { ...batched, posted };
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
  missing: Set<string>,
): Promise<number> {
  const [first] = entries;
  if (!first) return 0;
  const entity = inErp(legalEntityOf(configuration, first.legalEntityId), connectionId);
  const rates = lookup(configuration.costRates ?? {}, entity.legalEntityId) ?? {};
  const lines = entries.flatMap((entry) => {
    const rate = lookup(rates, entry.role) ?? rates[ANY_ROLE];
    if (rate !== undefined) return [lineOf(entry, rate, entity)];
    missing.add(`${entry.role} in ${entity.legalEntityId}`);
    return [];
  });
  if (lines.length === 0) return 0;
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
  return 1;
}

/** Dr project cost / Cr payroll clearing; a batch of corrections downwards the other way round. */
function costLines(entity: LegalEntity, amount: Money, postedOn: PlainDate) {
  // A batch whose lines cancel out has no journal.
  if (amount.amountMinor === 0) return [];
  const of = { legalEntityId: entity.legalEntityId, postedOn, sourceId: monthOf(postedOn) };
  const { lines } = costPosting(of, { amount, against: 'payroll-clearing', contractLineId: null });
  return lines.map((line) => ledgerLine(line, entity, postedOn));
}

async function postProposed(
  { books, systems, configuration }: PollDependencies,
  connectionId: string,
): Promise<number> {
  const beganHere = Object.values(configuration.legalEntities).filter(
    (entity) => entity.erpConnectionId === connectionId,
  );
  const ids = beganHere.map((entity) => entity.legalEntityId);
  const journals = await books.journals.proposed(['cost', 'reclass'], connectionId, ids);
  for (const { journalId, key, order, totals } of journals) {
    const posted = await systems.erp(connectionId).createJournal(key, order, pollContext(connectionId));
    assertReadBack(`journal ${key}`, differencesOf(totals, { ...posted }));
    await books.journals.markPosted(journalId, posted.journalId);
  }
  return journals.length;
}
