/**
 * Salesforce as a CRM: reads a deal with all that hangs on it, tells which deals changed, and writes our own fields
 * back.
 */
import type { Connection } from '../../domain/configuration.ts';
import type { Deal } from '../../domain/deal/deal.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import { stepBack } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { CrmPort, DealWriteBack } from '../ports/crm.port.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError } from '../ports/errors.ts';
import { createSalesforceClient, soqlText, type SalesforceClient, type SalesforceCredentials } from './client.ts';
import { fromWireDeal, fromWireWriteBack, instantOf, toWireWriteBack } from './convert.ts';
import {
  FIELDS,
  OUR_FIELDS,
  type WireAccount,
  type WireLine,
  type WireMilestone,
  type WireOpportunity,
  type WireRole,
  type WireWriteBack,
} from './wire.ts';

/** Accounts per query: an IN list of ids that stays far below the length limit of a request line. */
const ACCOUNTS_PER_QUERY = 100;

/** A CRM port on the org of `connection`. @throws Error when the credentials cannot be used */
export function createSalesforceCrm(connection: Connection, credentials: SalesforceCredentials): CrmPort {
  const client = createSalesforceClient(connection, credentials);
  const { connectionId } = connection;
  return {
    readDeal: (dealId, context) => readDeal(connectionId, client, dealId, context),
    changedDeals: (since, context) => changedDeals(connectionId, client, since, context),
    readWriteBack: (dealId, context) => readWriteBack(connectionId, client, dealId, context),
    async writeBack(dealId, fields, context) {
      const operation = 'write back to deal';
      const wire = prepare(connectionId, operation, () => toWireWriteBack(fields));
      if (Object.keys(wire).length === 0) return;
      await confirmed(
        { connectionId, operation },
        {
          look: () => readWriteBack(connectionId, client, dealId, context),
          missing: (seen) => differencesOf(wire, toWireWriteBack(seen)),
          write: () => client.update(operation, 'Opportunity', dealId, wire, context),
        },
      );
    },
  };
}

async function readDeal(
  connectionId: string,
  client: SalesforceClient,
  dealId: string,
  context: CallContext,
): Promise<Deal> {
  const operation = 'read deal';
  const read = <R>(fields: readonly string[], object: string, where: string) =>
    client.query<R>(operation, `SELECT ${fields.join(', ')} FROM ${object} WHERE ${where}`, context);
  const id = soqlText(dealId);
  const [opportunity] = await read<WireOpportunity>(FIELDS.opportunity, 'Opportunity', `Id = ${id}`);
  if (opportunity === undefined) throw noDeal(connectionId, operation, dealId);
  const [accounts, lines, roles, milestones] = await Promise.all([
    opportunity.AccountId === null
      ? []
      : read<WireAccount>(FIELDS.account, 'Account', `Id = ${soqlText(opportunity.AccountId)}`),
    read<WireLine>(FIELDS.line, 'OpportunityLineItem', `OpportunityId = ${id} ORDER BY Sort_Order__c, Id`),
    read<WireRole>(FIELDS.role, 'Quote_Role__c', `Opportunity__c = ${id} ORDER BY Id`),
    read<WireMilestone>(FIELDS.milestone, 'Contract_Milestone__c', `Opportunity__c = ${id} ORDER BY Id`),
  ]);
  return understand(connectionId, operation, () =>
    fromWireDeal(connectionId, { opportunity, account: accounts[0], lines, roles, milestones }),
  );
}

async function readWriteBack(
  connectionId: string,
  client: SalesforceClient,
  dealId: string,
  context: CallContext,
): Promise<DealWriteBack> {
  const operation = 'read our fields of deal';
  const fields = [...Object.values(OUR_FIELDS), 'CurrencyIsoCode'].join(', ');
  const soql = `SELECT ${fields} FROM Opportunity WHERE Id = ${soqlText(dealId)}`;
  const [record] = await client.query<WireWriteBack>(operation, soql, context);
  if (record === undefined) throw noDeal(connectionId, operation, dealId);
  return understand(connectionId, operation, () => fromWireWriteBack(record));
}

type ChangedDeal = Pick<WireOpportunity, 'Id' | 'AccountId' | 'SystemModstamp'>;
type ChangedAccount = Pick<WireAccount, 'Id' | 'SystemModstamp'>;

/**
 * Won deals, deals of ours (a reopened one is not won any more), and won deals of customers that changed. The watermark
 * is the latest change stamp seen; the next question starts a little before it, because a stamp is set before its
 * transaction commits.
 */
async function changedDeals(
  connectionId: string,
  client: SalesforceClient,
  since: string | null,
  context: CallContext,
): ReturnType<CrmPort['changedDeals']> {
  const operation = 'read changed deals';
  const changed = since === null ? '' : ` AND SystemModstamp >= ${stepBack(since)}`;
  const deals = (where: string) =>
    client.query<ChangedDeal>(
      operation,
      `SELECT Id, AccountId, SystemModstamp FROM Opportunity WHERE ${where} ORDER BY SystemModstamp, Id`,
      context,
    );
  const own = [
    ...(await deals(`IsWon = true${changed}`)),
    ...(await deals(`${OUR_FIELDS.engagementId} != null${changed}`)),
  ];
  const accounts =
    since === null
      ? []
      : await client.query<ChangedAccount>(
          operation,
          `SELECT Id, SystemModstamp FROM Account WHERE SystemModstamp >= ${stepBack(since)}`,
          context,
        );
  const ofAccounts: ChangedDeal[] = [];
  for (let at = 0; at < accounts.length; at += ACCOUNTS_PER_QUERY) {
    const ids = accounts.slice(at, at + ACCOUNTS_PER_QUERY).map((account) => soqlText(account.Id));
    ofAccounts.push(...(await deals(`IsWon = true AND AccountId IN (${ids.join(', ')})`)));
  }
  return understand(connectionId, operation, () => {
    const accountStamps = new Map(accounts.map((account) => [account.Id, instantOf(account.SystemModstamp)]));
    const found = [...own, ...ofAccounts].map((deal) => versionOf(deal, accountStamps));
    const unique = [...new Map(found.map((deal) => [deal.dealId, deal])).values()];
    const stamps = [
      ...found.map((deal) => deal.version),
      ...accountStamps.values(),
      ...(since === null ? [] : [since]),
    ];
    return {
      deals: unique.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0)),
      watermark: stamps.length === 0 ? null : stamps.reduce((a, b) => (a > b ? a : b)),
    };
  });
}

function versionOf(deal: ChangedDeal, accountStamps: ReadonlyMap<string, string>) {
  const own = instantOf(deal.SystemModstamp);
  const account = deal.AccountId === null ? undefined : accountStamps.get(deal.AccountId);
  return {
    dealId: deal.Id,
    version: account !== undefined && account > own ? account : own,
    accountId: deal.AccountId,
  };
}

function noDeal(connectionId: string, operation: string, dealId: string): AdapterError {
  return new AdapterError('not_found', `there is no deal ${dealId}`, {
    connectionId,
    operation,
  });
}
