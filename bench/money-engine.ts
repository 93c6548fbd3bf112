// `npm run bench -- money-engine`: prices approved time entries and builds their invoices with the rules of domain/,
// against the same multiplication in binary fractions without rules, explanation or rounding, in the same process.
// Each size runs in a process of its own, so that its peak of memory is its own. Prints, asserts nothing.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { capCharges } from '../domain/billing/capped-charges.ts';
import { buildInvoice } from '../domain/billing/build-invoice.ts';
import { rateTime, type TimeForRating } from '../domain/billing/rate-time.ts';
import { add, zero } from '../domain/money/money.ts';
import { validateDeal } from '../domain/deal/validate-deal.ts';
import { timeLine } from '../test/unit/billing/fixtures.ts';
import { CONFIGURATION, deal, legalEntity } from '../test/unit/deal/fixtures.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const ENTRIES_PER_INVOICE = 250;

/** What a size cost. */
interface Measure {
  entries: number;
  invoices: number;
  seconds: number;
  bareSeconds: number;
  peakMegabytes: number;
}

/** Entries of one invoice, drawn from the number of the invoice, so that every run prices the same work. */
function entriesOf(invoice: number): TimeForRating[] {
  return Array.from({ length: ENTRIES_PER_INVOICE }, (_, index) => ({
    entryId: `t-${String(invoice)}-${String(index)}`,
    workedOn: `2026-0${String(1 + (index % 3))}-${String(1 + ((index * 7 + invoice) % 28)).padStart(2, '0')}`,
    role: index % 4 === 0 ? 'Principal' : 'Consultant',
    minutes: 15 * (1 + ((index * 13 + invoice) % 32)),
    billable: true,
  }));
}

function measure(entries: number): Measure {
  const line = timeLine('GBP');
  const validation = validateDeal(deal(), CONFIGURATION, 1);
  if (!validation.ok) throw new Error('the sample deal is not valid');
  const { customer } = validation.contract;
  const invoices = entries / ENTRIES_PER_INVOICE;
  const began = performance.now();
  let total = zero('GBP');
  for (let invoice = 0; invoice < invoices; invoice++) {
    const rated = rateTime(entriesOf(invoice), line, 'half-away-from-zero');
    const charges = rated.flatMap((one) => (one.outcome === 'priced' ? [one.charge] : []));
    if (charges.length !== ENTRIES_PER_INVOICE) throw new Error('an entry has no price');
    const capped = capCharges(charges, null, zero('GBP'));
    const ready = { contractLineId: line.lineId, name: line.name, charges: capped, milestones: [], periods: [] };
    const draft = buildInvoice({
      legalEntity: legalEntity(),
      customer,
      currency: 'GBP',
      invoiceOn: '2026-04-01',
      lines: [ready],
    });
    total = add(total, draft.total);
  }
  const seconds = (performance.now() - began) / 1_000;
  return {
    entries,
    invoices,
    seconds,
    bareSeconds: bare(invoices),
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

/** The same sums as a spreadsheet would make them: rate by role and month, minutes x rate, tax on the sum. */
function bare(invoices: number): number {
  const began = performance.now();
  let total = 0;
  for (let invoice = 0; invoice < invoices; invoice++) {
    let net = 0;
    for (const { role, minutes, workedOn } of entriesOf(invoice)) {
      const rate = role === 'Consultant' ? 95.5 : workedOn < '2026-02-01' ? 180 : 190;
      net += (minutes * rate) / 60;
    }
    total += net * 1.2;
  }
  if (!(total > 0)) throw new Error('nothing was billed');
  return (performance.now() - began) / 1_000;
}

const [size] = process.argv.slice(2);
if (size !== undefined) {
  console.log(JSON.stringify(measure(Number(size))));
} else {
  console.log('entries    invoices  entries/s  peak MB  x bare');
  for (const entries of SIZES) {
    const run = execFileSync(process.execPath, [fileURLToPath(import.meta.url), String(entries)], { encoding: 'utf8' });
    const { invoices, seconds, bareSeconds, peakMegabytes } = JSON.parse(run) as Measure;
    const columns: [string | number, number][] = [
      [entries, 7],
      [invoices, 12],
      [Math.round(entries / seconds), 11],
      [Math.round(peakMegabytes), 9],
      [(seconds / bareSeconds).toFixed(1), 8],
    ];
    console.log(columns.map(([value, width]) => String(value).padStart(width)).join(''));
  }
}
