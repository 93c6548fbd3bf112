// Work above a not-to-exceed amount on real books: named in full, billed once when the limit is freed, given up by a
// person, and never lost whatever the order of runs, voids and amendments.
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createCompletionActivities } from '../../../activities/completion.activities.ts';
import { createRevenueActivities } from '../../../activities/revenue.activities.ts';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import type { CallResult } from '../../../domain/engagement/calls.ts';
import { money } from '../../../domain/money/money.ts';
import type { Books } from '../../../persistence/books.ts';
import {
  configuration,
  contractOf,
  engage,
  envelope,
  openBooks,
  PSA,
  time,
  timeAndMaterials,
} from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;

beforeAll(async () => {
  ({ dataSource, books } = await openBooks());
});
afterAll(() => dataSource.destroy());

let number = 0;

/** Consulting at 150.00 an hour until February, at 160.00 later, up to a limit. */
function upTo(limitMinor: number | null): ContractLine {
  const ceiling = limitMinor === null ? null : money(limitMinor, 'GBP');
  return { ...timeAndMaterials, pricing: { ...timeAndMaterials.pricing, ceiling } as ContractLine['pricing'] };
}

/** One engagement, its limit, and what its runs do. */
async function withLimit(limitMinor: number | null) {
  number += 1;
  const deal = `d-${String(number)}`;
  const { engagementId, projectId } = await engage(books, deal, upTo(limitMinor));
  let version = 1;
  const asked = (key: string, asOf: string, scope: object = {}) => {
    const call = envelope(engagementId, `${deal}-${key}`, asOf, scope);
    return { ...call, data: { ...call.data, contractVersion: version } };
  };
  const billing = createBillingActivities({ books, configuration });
  return {
    engagementId,
    log: (entryId: string, on: string, hours: number, other = {}) =>
      books.work.appendTime(PSA, [time(`${deal}-${entryId}`, projectId, on, hours, other)]),
    /** A later version of the contract, with another limit. */
    amend: async (amendedMinor: number | null) => {
      version += 1;
      await books.contracts.put(engagementId, { ...contractOf(upTo(amendedMinor)), version });
    },
    run: (key: string, untilExclusive = '2026-07-01'): Promise<CallResult> =>
      billing.draftInvoice(asked(key, '2026-07-01', { untilExclusive })),
    voidDraft: (key: string, invoiceId: string) => billing.voidDraftInvoice(asked(key, '2026-07-01', { invoiceId })),
    book: (key: string, invoiceId: string) => billing.bookInvoice(asked(`book-${key}`, '2026-07-01', { invoiceId })),
    recognise: (month: string) =>
      createRevenueActivities({ books, configuration }).recogniseRevenue(asked(`r-${month}`, '2026-07-01', { month })),
    complete: () => createCompletionActivities({ books, configuration }).checkCompletion(asked('c', '2026-07-01')),
    /** Net minor units per entry over all living invoices. */
    billed: async (): Promise<Record<string, number>> => {
      const found = await dataSource.query<{ key: string; netMinor: string }[]>(
        `SELECT source_key AS key, sum(r.amount_minor) AS "netMinor" FROM rated_line r
         JOIN invoice_source s USING (invoice_id, kind, source_key) JOIN invoice USING (invoice_id)
         WHERE s.active AND engagement_id = $1 GROUP BY source_key ORDER BY source_key`,
        [engagementId],
      );
      return Object.fromEntries(
        found.map(({ key, netMinor }) => [key.replace(`${PSA}:${deal}-`, ''), Number(netMinor)]),
      );
    },
  };
}

const invoiceIdOf = ({ draft }: CallResult): string => draft?.invoiceId ?? '';

describe('work above a not-to-exceed amount', () => {
  test('is named in full at completion: the rest of the split entry, and entries that are wholly above', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 8);
    await engagement.log('t-2', '2026-01-13', 7.5);
    await engagement.log('t-3', '2026-01-14', 2);
    const first = await engagement.run('1');
    // 1,200.00, then 800.00 of 1,125.00: 325.00 of the split entry and 300.00 of the next are held.
    expect(first.draft).toMatchObject({ net: money(200_000, 'GBP'), heldMinor: 62_500 });
    await engagement.book('1', invoiceIdOf(first));
    for (const month of ['2026-01', '2026-06', '2026-07']) await engagement.recognise(month);
    const { findings } = await engagement.complete();
    expect(findings).toMatchObject([{ code: 'ABOVE_CEILING', ownerRole: 'fin-preparer' }]);
    expect(findings?.[0]?.message).toMatch(/^625\.00 GBP of approved work is above the not-to-exceed amount/);
    // As long as the limit stands, no run bills it.
    expect(await engagement.run('2')).toEqual({ nothing: true });
  });

  test('is billed when an amendment raises the limit: a further part, then the rest, and never again', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 8);
    await engagement.log('t-2', '2026-01-13', 7.5);
    await engagement.book('1', invoiceIdOf(await engagement.run('1')));
    await engagement.amend(220_000);
    const second = await engagement.run('2');
    // 2,200.00 - 2,000.00 = 200.00 of the 325.00 that are left of t-2
    expect(second.draft).toMatchObject({ net: money(20_000, 'GBP'), heldMinor: 12_500 });
    await engagement.amend(null);
    const runs = await Promise.all(['3', '4', '5'].map((key) => engagement.run(key)));
    expect(runs.flatMap(({ draft }) => (draft ? [draft.net.amountMinor] : []))).toEqual([12_500]);
    expect(await engagement.billed()).toEqual({ 't-1': 120_000, 't-2': 112_500 }); // 8 h and 7.5 h x 150.00
    expect(await engagement.run('6')).toEqual({ nothing: true });
    const { document } = await books.invoices.get(invoiceIdOf(second));
    expect(document.lines).toMatchObject([
      {
        description: 'Consulting: Consultant of 2026-01-13, a further part, up to the not-to-exceed amount',
        amount: money(20_000, 'GBP'),
      },
    ]);
  });

  test('is billed when a draft that used the limit is voided and its work is given up', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 8);
    const first = await engagement.run('1');
    await engagement.log('t-2', '2026-01-13', 7.5);
    await engagement.book('2', invoiceIdOf(await engagement.run('2')));
    expect(await engagement.billed()).toEqual({ 't-1': 120_000, 't-2': 80_000 });
    await engagement.voidDraft('1', invoiceIdOf(first));
    await engagement.log('t-1', '2026-01-12', 8, { billable: false, version: '2026-02-01' });
    const rest = await engagement.run('3');
    expect(rest.draft).toMatchObject({ net: money(32_500, 'GBP'), heldMinor: 0 });
    expect(await engagement.billed()).toEqual({ 't-2': 112_500 });
    expect(await engagement.run('4')).toEqual({ nothing: true });
  });

  test('keeps its parts when the draft of the first one is voided after the second was posted', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 20);
    const first = await engagement.run('1'); // 2,000.00 of 3,000.00
    await engagement.amend(250_000);
    await engagement.book('2', invoiceIdOf(await engagement.run('2'))); // 500.00 more
    await engagement.voidDraft('1', invoiceIdOf(first));
    expect(await engagement.billed()).toEqual({ 't-1': 50_000 });
    expect((await engagement.run('3')).draft).toMatchObject({ net: money(200_000, 'GBP'), heldMinor: 50_000 });
    expect(await engagement.billed()).toEqual({ 't-1': 250_000 });
  });

  test('is given up by marking the split entry as not billable: what is billed and earned of it stays', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 8);
    await engagement.log('t-2', '2026-01-13', 7.5);
    await engagement.book('1', invoiceIdOf(await engagement.run('1')));
    expect((await engagement.recognise('2026-06')).revenue?.recognised).toEqual([money(200_000, 'GBP')]);
    expect((await engagement.complete()).findings).toMatchObject([{ code: 'ABOVE_CEILING' }]);
    await engagement.log('t-2', '2026-01-13', 7.5, { billable: false, version: '2026-07-01' });
    expect(await engagement.complete()).toEqual({});
    expect(await engagement.billed()).toEqual({ 't-1': 120_000, 't-2': 80_000 });
  });

  test('is not billed further when the entry was changed: a person puts it back, or credits the invoice', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 20);
    await engagement.book('1', invoiceIdOf(await engagement.run('1')));
    await engagement.recognise('2026-06');
    await engagement.log('t-1', '2026-01-12', 18, { version: '2026-07-01' });
    await engagement.amend(null);
    expect(await engagement.run('2')).toEqual({ nothing: true });
    expect((await engagement.complete()).findings).toMatchObject([
      { code: 'CHANGED_AFTER_BILLING' },
      { code: 'REVENUE_BEHIND' }, // 18 h x 150.00 = 2,700.00 are earned under the amended contract, 2,000.00 recognised
    ]);
    await engagement.log('t-1', '2026-01-12', 20, { version: '2026-07-02' });
    expect((await engagement.run('3')).draft?.net).toEqual(money(100_000, 'GBP')); // 3,000.00 - 2,000.00
  });

  test('the database itself refuses a part that is billed twice', async () => {
    const engagement = await withLimit(200_000);
    await engagement.log('t-1', '2026-01-12', 20);
    const first = await engagement.run('1');
    const again = `INSERT INTO invoice_source (invoice_id, line_no, kind, source_key, part)
      SELECT $2, line_no, kind, source_key, part FROM invoice_source WHERE invoice_id = $1`;
    const other = await withLimit(null);
    await other.log('t-1', '2026-01-12', 1);
    const another = await other.run('1');
    await expect(dataSource.query(again, [invoiceIdOf(first), invoiceIdOf(another)])).rejects.toMatchObject({
      code: '23505',
    });
  });
});

test('whatever the order of work, runs, voids and amendments: billed + held is the approved value', async () => {
  const act = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('work' as const), quarters: fc.integer({ min: 1, max: 80 }) }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('run' as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('limit' as const), minor: fc.nat(1_000_000) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('post' as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('void' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 12 }), async (acts) => {
      const engagement = await withLimit(150_000);
      let limit: number = 150_000;
      const drafts: [key: string, invoiceId: string][] = [];
      const value: Record<string, number> = {};
      const sum = (amounts: Record<string, number>) => Object.values(amounts).reduce((a, b) => a + b, 0);
      for (const [index, one] of [...acts, { type: 'run' as const }].entries()) {
        const key = String(index);
        if (one.type === 'work') {
          value[`t-${key}`] = one.quarters * 3_750; // a quarter of an hour x 150.00 = 37.50
          await engagement.log(`t-${key}`, '2026-01-12', one.quarters / 4);
        }
        if (one.type === 'limit') await engagement.amend((limit = one.minor));
        const before = sum(await engagement.billed());
        if (one.type === 'run') {
          const { draft } = await engagement.run(key);
          if (draft) {
            drafts.push([key, draft.invoiceId]);
            const after = await engagement.billed();
            expect(sum(after)).toBeLessThanOrEqual(limit);
            expect(sum(after) + draft.heldMinor).toBe(sum(value));
          } else expect(before === sum(value) || before >= limit).toBe(true);
        }
        const chosen = one.type === 'post' || one.type === 'void' ? drafts.shift() : undefined;
        if (chosen && one.type === 'post') await engagement.book(...chosen);
        if (chosen && one.type === 'void') await engagement.voidDraft(...chosen);
        for (const [entry, billed] of Object.entries(await engagement.billed())) {
          expect(billed).toBeLessThanOrEqual(value[entry] ?? 0);
        }
      }
      await engagement.amend(null);
      await engagement.run('last');
      expect(await engagement.billed()).toEqual(value);
    }),
    { numRuns: 15 },
  );
}, 120_000);
