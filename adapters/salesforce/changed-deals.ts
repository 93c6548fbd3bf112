/**
 * Which deals changed, for the poller: won deals, deals that are not won (one that was reopened or lost is among them,
 * and need not carry our id any more: an undo clears it), and won deals of customers that changed. Three lists, each
 * read page by page in the order of change stamp and id; together their positions are one watermark that only this file
 * reads.
 */
import { understand } from '../http/classify.ts';
import { stepBack } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { CrmPort } from '../ports/crm.port.ts';
import { soqlText, type SalesforceClient } from './client.ts';
import { instantOf } from './convert.ts';
import type { WireAccount, WireOpportunity } from './wire.ts';

/** Records of a list per question; an IN list of as many ids stays far below the length limit of a request line. */
const ROWS_PER_PAGE = 50;
const OPERATION = 'read changed deals';

/** A place in a list: everything before `stamp` is read, and of that stamp the ids up to and with `id`. */
interface Mark {
  stamp: string;
  id: string;
}

interface Watermark {
  /** The newest change when the connection began: what did not change since is not told. */
  start: string | null;
  won: Mark | null;
  notWon: Mark | null;
  customers: Mark | null;
  /** Changed customers whose won deals are being told, with the last deal that was. */
  telling: { customers: Mark[]; afterDealId: string } | null;
}

type ChangedDeal = Pick<WireOpportunity, 'Id' | 'AccountId' | 'IsWon' | 'SystemModstamp'>;
type Stamped = Pick<WireAccount, 'Id' | 'SystemModstamp'>;

/** One page of each list; with `since` null no deals, and the watermark of this moment. */
export async function changedDeals(
  org: { connectionId: string; client: SalesforceClient; since: string | null },
  context: CallContext,
): ReturnType<CrmPort['changedDeals']> {
  const { connectionId, client, since } = org;
  const query = <R>(soql: string) => client.query<R>(OPERATION, soql, context);
  if (since === null) return { deals: [], watermark: await startOf(query, connectionId), more: false };
  const from = understand(connectionId, 'read watermark', () => watermarkOf(since));
  const now = new Date().toISOString();
  const won = await page<ChangedDeal>(query, DEALS, 'IsWon = true', from.won, from.start, now);
  const notWon = await page<ChangedDeal>(query, DEALS, 'IsWon = false', from.notWon, from.start, now);
  const customers =
    from.telling === null && (await page<Stamped>(query, CUSTOMERS, '', from.customers, from.start, now));
  const telling = customers ? { customers: customers.rows.map(markOf), afterDealId: '' } : from.telling;
  const told = telling === null ? [] : await dealsOf(query, telling);
  const last = told.at(-1);
  const isTold = told.length < ROWS_PER_PAGE || last === undefined;
  const next: Watermark = {
    start: from.start,
    won: won.mark,
    notWon: notWon.mark,
    customers: customers ? customers.mark : from.customers,
    telling: isTold || telling === null ? null : { ...telling, afterDealId: last.Id },
  };
  return understand(connectionId, OPERATION, () => ({
    deals: versionsOf([...won.rows, ...notWon.rows, ...told], telling?.customers ?? []),
    watermark: JSON.stringify(next),
    // While customers' deals are told, the list of customers itself was not asked.
    more: won.more || notWon.more || !isTold || customers === false || customers.more,
  }));
}

const DEALS = 'SELECT Id, AccountId, IsWon, SystemModstamp FROM Opportunity';
const CUSTOMERS = 'SELECT Id, SystemModstamp FROM Account';

type Query = <R>(soql: string) => Promise<R[]>;

/** The rows after a mark, oldest first, and the mark after them. */
async function page<R extends Stamped>(
  query: Query,
  select: string,
  where: string,
  after: Mark | null,
  start: string | null,
  now: string,
): Promise<{ rows: R[]; mark: Mark | null; more: boolean }> {
  const read = (conditions: string[], limit: number) => {
    const all = [where, start === null ? '' : `SystemModstamp > ${start}`, ...conditions].filter((one) => one !== '');
    const filter = all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
    return query<R>(`${select}${filter} ORDER BY SystemModstamp, Id LIMIT ${String(limit)}`);
  };
  const rows: R[] = [];
  if (after !== null && after.id !== '') {
    rows.push(...(await read([`SystemModstamp = ${after.stamp}`, `Id > ${soqlText(after.id)}`], ROWS_PER_PAGE)));
  }
  if (rows.length < ROWS_PER_PAGE) {
    const later = after === null ? [] : [`SystemModstamp ${after.id === '' ? '>=' : '>'} ${after.stamp}`];
    rows.push(...(await read(later, ROWS_PER_PAGE - rows.length)));
  }
  const last = rows.at(-1);
  const reached = last === undefined ? after : markOf(last);
  const more = rows.length === ROWS_PER_PAGE;
  return { rows, mark: more ? reached : caughtUp(reached, now), more };
}

/** A stamp is set before its transaction is visible: of the last moments everything is read again. */
function caughtUp(reached: Mark | null, now: string): Mark | null {
  if (reached === null || reached.stamp < stepBack(now)) return reached;
  return { stamp: stepBack(now), id: '' };
}

function dealsOf(query: Query, telling: { customers: Mark[]; afterDealId: string }): Promise<ChangedDeal[]> {
  if (telling.customers.length === 0) return Promise.resolve([]);
  const ids = telling.customers.map(({ id }) => soqlText(id)).join(', ');
  const after = telling.afterDealId === '' ? '' : ` AND Id > ${soqlText(telling.afterDealId)}`;
  const where = `IsWon = true AND AccountId IN (${ids})${after}`;
  return query<ChangedDeal>(`${DEALS} WHERE ${where} ORDER BY Id LIMIT ${String(ROWS_PER_PAGE)}`);
}

/** Each deal once, oldest change first; a change of its customer counts as one of the deal. */
function versionsOf(rows: readonly ChangedDeal[], customers: readonly Mark[]) {
  const customerStamps = new Map(customers.map(({ id, stamp }) => [id, stamp]));
  const deals = rows.map(({ Id: dealId, AccountId: accountId, IsWon: isWon, SystemModstamp }) => {
    const own = instantOf(SystemModstamp);
    const customer = accountId === null ? undefined : customerStamps.get(accountId);
    return { dealId, version: customer !== undefined && customer > own ? customer : own, accountId, isWon };
  });
  const unique = [...new Map(deals.map((deal) => [deal.dealId, deal])).values()];
  return unique.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
}

async function startOf(query: Query, connectionId: string): Promise<string> {
  const newest = 'ORDER BY SystemModstamp DESC LIMIT 1';
  const rows = [...(await query<Stamped>(`${DEALS} ${newest}`)), ...(await query<Stamped>(`${CUSTOMERS} ${newest}`))];
  return understand(connectionId, OPERATION, () => {
    const start =
      rows
        .map((row) => markOf(row).stamp)
        .sort()
        .at(-1) ?? null;
    const watermark: Watermark = { start, won: null, notWon: null, customers: null, telling: null };
    return JSON.stringify(watermark);
  });
}

function markOf({ Id, SystemModstamp }: Stamped): Mark {
  return { stamp: instantOf(SystemModstamp), id: Id };
}

/**
 * Before there were pages, a watermark was the latest change stamp alone, or empty when there was none; then, of the
 * deals that are not won, those with our id had a list.
 */
function watermarkOf(text: string): Watermark {
  if (text.startsWith('{')) {
    const { own = null, ...read } = JSON.parse(text) as Watermark & { own?: Mark | null };
    return { ...read, notWon: read.notWon ?? own };
  }
  const mark = text === '' ? null : { stamp: stepBack(text), id: '' };
  return { start: null, won: mark, notWon: mark, customers: mark, telling: null };
}
