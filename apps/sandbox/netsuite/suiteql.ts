/**
 * SuiteQL over the ledger: the tables that readers poll, with the vendor's habits: every value is a string, nulls are
 * left out, codes have a display text behind BUILTIN.DF.
 */
import { type JsonObject, type JsonValue, numberOf, objectsOf, textOf } from '../core/json.ts';
import { MalformedQuery, parseQuery, selectRows, type Query } from '../core/query.ts';
import type { Store } from '../core/store.ts';
import { currencyCode, toMinor, toUnits } from './amounts.ts';
import { RECORD_TYPES } from './record-types.ts';
import { refuse } from './refusals.ts';

/** Rows by table name; the first row of each list need not exist, so columns are listed apart. */
interface Table {
  columns: readonly string[];
  rows(store: Store): JsonObject[];
}

/** Runs a query; throws a Refusal with INVALID_PARAMETER for anything outside the subset. */
export function runSuiteql(store: Store, text: string): JsonObject[] {
  const query = parsed(text);
  const table = TABLES[query.from.toLowerCase()];
  if (table === undefined) throw invalid(`Record '${query.from}' was not found`);
  for (const { field } of [...query.columns, ...query.where, ...query.orderBy]) {
    if (!table.columns.includes(field.toLowerCase())) throw invalid(`Unknown identifier '${field}'`);
  }
  const valueOf = (row: JsonObject, field: string, display: boolean) =>
    row[display ? `${field.toLowerCase()}_text` : field.toLowerCase()] ?? row[field.toLowerCase()];
  return selectRows(query, table.rows(store), valueOf).map((row) => {
    const shown: JsonObject = { links: [] };
    for (const { field, name, display } of query.columns) {
      const value = textOf(valueOf(row, field, display));
      if (value !== undefined) shown[name.toLowerCase()] = value;
    }
    return shown;
  });
}

function parsed(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof MalformedQuery) throw invalid(error.message);
    throw error;
  }
}

function invalid(detail: string) {
  return refuse(400, 'INVALID_PARAMETER', `Invalid search query. Detailed unprocessed description follows. ${detail}`);
}

const words = (text: string): string[] => text.split(' ');
const flag = (value: JsonValue | undefined): string => (value === true ? 'T' : 'F');
const typed = RECORD_TYPES.filter(({ suiteqlType }) => suiteqlType !== undefined);

function transactionRow(type: string, record: JsonObject): JsonObject {
  const total = numberOf(record['total']) ?? numberOf(record['payment']) ?? journalTotal(record);
  const invoice = type === 'CustInvc';
  const paid = record['status'] === 'Paid In Full';
  return {
    id: record['id'],
    externalid: record['externalId'],
    tranid: record['tranId'],
    type,
    status: invoice ? (paid ? 'B' : 'A') : record['status'],
    status_text: invoice ? `Invoice : ${paid ? 'Paid In Full' : 'Open'}` : record['status'],
    trandate: record['tranDate'],
    duedate: record['dueDate'],
    entity: record['entity'] ?? record['customer'],
    subsidiary: record['subsidiary'],
    currency: record['currency'],
    total,
    foreigntotal: total,
    foreignamountunpaid: record['amountRemaining'],
    foreignamountpaid: record['amountPaid'],
    taxtotal: record['taxTotal'],
    createdfrom: record['createdFrom'],
    memo: record['memo'],
    postingperiod: record['postingPeriod'],
    custbody_engagement_id: record['custbody_engagement_id'],
    createddate: record['createdDate'],
    lastmodifieddate: record['lastModifiedDate'],
  };
}

function journalTotal(record: JsonObject): number {
  return objectsOf(record['line']).reduce((sum, line) => sum + (numberOf(line['debit']) ?? 0), 0);
}

function lineRows(store: Store): JsonObject[] {
  return typed.flatMap(({ name }) =>
    store.list(name).flatMap((record) =>
      objectsOf(record['item'] ?? record['line']).map((line, index) => ({
        transaction: record['id'],
        linesequencenumber: index + 1,
        item: line['item'],
        quantity: line['quantity'],
        rate: line['rate'],
        foreignamount: line['amount'] ?? (numberOf(line['debit']) ?? 0) - (numberOf(line['credit']) ?? 0),
        memo: line['description'] ?? line['memo'],
        custcol_line_key: line['custcol_line_key'],
      })),
    ),
  );
}

/** Account number that an item's revenue side is posted to. */
const ITEM_ACCOUNTS: Record<string, string> = { 101: '1150', 102: '1160', 103: '2300', 104: '1150' };

/** General ledger lines: what the documents posted, in transaction currency. */
function accountingRows(store: Store): JsonObject[] {
  return ['invoice', 'creditMemo', 'customerPayment', 'journalEntry'].flatMap((name) =>
    store.list(name).flatMap((record) => {
      const posted = name === 'journalEntry' ? journalPostings(record) : documentPostings(store, name, record);
      const subsidiary = record['subsidiary'] as string;
      return posted.map(({ account, debit, credit }) => ({
        transaction: record['id'],
        trandate: record['tranDate'],
        subsidiary,
        account,
        acctnumber: account.slice(subsidiary.length),
        debit: debit === 0 ? null : debit,
        credit: credit === 0 ? null : credit,
        posting: 'T',
      }));
    }),
  );
}

interface Posting {
  account: string;
  debit: number;
  credit: number;
}

function journalPostings(record: JsonObject): Posting[] {
  return objectsOf(record['line']).map((line) => ({
    account: line['account'] as string,
    debit: numberOf(line['debit']) ?? 0,
    credit: numberOf(line['credit']) ?? 0,
  }));
}

function documentPostings(store: Store, name: string, record: JsonObject): Posting[] {
  const subsidiary = record['subsidiary'] as string;
  const account = (number: string) => `${subsidiary}${number}`;
  if (name === 'customerPayment') {
    const amount = record['payment'] as number;
    return [
      { account: account('1000'), debit: amount, credit: 0 },
      { account: account('1100'), debit: 0, credit: amount },
    ];
  }
  const currency = currencyCode(store, record['currency'] as string);
  const byAccount = new Map<string, number>();
  for (const line of objectsOf(record['item'])) {
    const target = account(ITEM_ACCOUNTS[line['item'] as string] ?? '1150');
    const minor = toMinor(line['amount'] as number, currency, 'amount');
    byAccount.set(target, (byAccount.get(target) ?? 0) + minor);
  }
  const invoiced: Posting[] = [
    { account: account('1100'), debit: record['total'] as number, credit: 0 },
    ...[...byAccount].map(([target, minor]) => ({ account: target, debit: 0, credit: toUnits(minor, currency) })),
    { account: account('2200'), debit: 0, credit: record['taxTotal'] as number },
  ].filter(({ debit, credit }) => debit !== 0 || credit !== 0);
  if (name === 'invoice') return invoiced;
  return invoiced.map((posting) => ({ account: posting.account, debit: posting.credit, credit: posting.debit }));
}

/** What was applied to invoices: payments and credit memos, in the invoice's currency. */
function appliedRows(store: Store): JsonObject[] {
  const payments = store.list('customerPayment').flatMap((payment) =>
    objectsOf(payment['apply']).map(({ doc, amount }) => ({
      ...{ previousdoc: doc, nextdoc: payment['id'], nexttype: 'CustPymt', foreignamount: amount },
    })),
  );
  const credits = store
    .list('creditMemo')
    .filter((memo) => (numberOf(memo['applied']) ?? 0) > 0)
    .map((memo) => ({
      ...{ previousdoc: memo['createdFrom'], nextdoc: memo['id'], nexttype: 'CustCred' },
      foreignamount: memo['applied'],
    }));
  return [...payments, ...credits].map((row) => ({ ...row, linktype: 'Payment' }));
}

function linkRows(store: Store): JsonObject[] {
  const links = ['invoice', 'creditMemo'].flatMap((name) => store.list(name));
  const made = links.filter((record) => (record['createdFrom'] ?? null) !== null);
  return [
    ...made.map((record) => ({ previousdoc: record['createdFrom'], nextdoc: record['id'], linktype: 'OrdBill' })),
    ...appliedRows(store).map(({ previousdoc, nextdoc, linktype }) => ({ previousdoc, nextdoc, linktype })),
  ];
}

const TABLES: Readonly<Record<string, Table>> = {
  transaction: {
    columns: words(
      'id externalid tranid type status trandate duedate entity subsidiary currency total foreigntotal ' +
        'foreignamountunpaid foreignamountpaid taxtotal createdfrom memo postingperiod custbody_engagement_id ' +
        'createddate lastmodifieddate',
    ),
    rows: (store) =>
      typed.flatMap(({ name, suiteqlType = '' }) => store.list(name).map((r) => transactionRow(suiteqlType, r))),
  },
  transactionline: {
    columns: words('transaction linesequencenumber item quantity rate foreignamount memo custcol_line_key'),
    rows: lineRows,
  },
  transactionaccountingline: {
    columns: words('transaction trandate subsidiary account acctnumber debit credit posting'),
    rows: accountingRows,
  },
  previoustransactionlink: { columns: words('previousdoc nextdoc linktype'), rows: linkRows },
  previoustransactionlinelink: {
    columns: words('previousdoc nextdoc nexttype linktype foreignamount'),
    rows: appliedRows,
  },
  customer: {
    columns: words(
      'id externalid entityid companyname subsidiary currency email isinactive custentity_tax_profile lastmodifieddate',
    ),
    rows: (store) =>
      store.list('customer').map((record) => ({ ...lowered(record), isinactive: flag(record['isInactive']) })),
  },
  accountingperiod: {
    columns: words('id periodname startdate enddate closed subsidiary'),
    rows: (store) =>
      store.list('accountingPeriod').map((record) => ({ ...lowered(record), closed: flag(record['closed']) })),
  },
  account: {
    columns: words('id acctnumber fullname subsidiary'),
    rows: (store) => store.list('account').map(lowered),
  },
};

function lowered(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), textOf(value) ?? null]));
}
