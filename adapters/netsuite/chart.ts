/**
 * Account numbers to the ids that NetSuite wants. Each subsidiary has its own chart, read once per worker; an account
 * that is not in it is refused with its number, before anything is posted.
 */
import { lookup } from '../../domain/lookup.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { NetsuiteClient } from './client.ts';
import type { WireAccountRow } from './wire.ts';

const ROWS_PER_PAGE = 1000;

/** The charts of all subsidiaries. */
export interface Chart {
  /** The item of contract lines, which post nothing. */
  contractItem: string;
  /** Ids of the accounts with these numbers. @throws rejected naming the number that is unknown */
  accountIds(erpEntityRef: string, numbers: readonly string[], context: CallContext): Promise<string[]>;
  /** Ids of the items that post to the accounts with these numbers. @throws rejected */
  itemsFor(erpEntityRef: string, numbers: readonly string[], context: CallContext): Promise<string[]>;
}

/** Charts read through `client`; `items` maps account numbers to item ids. */
export function createChart(
  connectionId: string,
  client: NetsuiteClient,
  items: Readonly<Record<string, string>>,
): Chart {
  const charts = new Map<string, ReadonlyMap<string, string>>();
  const operation = 'read account';
  const refuse = (message: string) => new AdapterError('rejected', message, { connectionId, operation });
  async function chartOf(erpEntityRef: string, context: CallContext): Promise<ReadonlyMap<string, string>> {
    const known = charts.get(erpEntityRef);
    if (known !== undefined) return known;
    if (!/^\d+$/.test(erpEntityRef)) throw refuse(`"${erpEntityRef}" is not the id of a subsidiary`);
    const suiteql = `SELECT id, acctnumber FROM account WHERE subsidiary = ${erpEntityRef} ORDER BY id`;
    const chart = new Map<string, string>();
    for (let offset = 0, more = true; more; offset += ROWS_PER_PAGE) {
      const page = await client.query<WireAccountRow>(operation, suiteql, { limit: ROWS_PER_PAGE, offset }, context);
      for (const { id, acctnumber } of page.items) chart.set(acctnumber, id);
      more = page.hasMore;
    }
    charts.set(erpEntityRef, chart);
    return chart;
  }
  return {
    contractItem: Object.values(items)[0] ?? '',
    async accountIds(erpEntityRef, numbers, context) {
      const chart = await chartOf(erpEntityRef, context);
      return numbers.map((number) => {
        const id = chart.get(number);
        if (id === undefined) throw refuse(`subsidiary ${erpEntityRef} has no account ${number}`);
        return id;
      });
    },
    async itemsFor(erpEntityRef, numbers, context) {
      await this.accountIds(erpEntityRef, numbers, context);
      return numbers.map((number) => {
        const item = lookup(items, number);
        if (item === undefined) throw refuse(`no item is known that posts to account ${number}`);
        return item;
      });
    },
  };
}
