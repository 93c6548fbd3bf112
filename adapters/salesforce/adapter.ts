/**
 * Salesforce as a CRM: reads a deal with all that hangs on it, tells which deals changed, and writes our own fields
 * back.
 */
import type { Connection } from '../../domain/configuration.ts';
import type { Deal } from '../../domain/deal/deal.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import type { CallContext } from '../ports/context.ts';
import type { CrmPort, DealWriteBack } from '../ports/crm.port.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError } from '../ports/errors.ts';
import { changedDeals } from './changed-deals.ts';
import { createSalesforceClient, soqlText, type SalesforceClient, type SalesforceCredentials } from './client.ts';
import { fromWireDeal, fromWireWriteBack, toWireWriteBack } from './convert.ts';
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

/** A CRM port on the org of `connection`. @throws Error when the credentials cannot be used */
export function createSalesforceCrm(connection: Connection, credentials: SalesforceCredentials): CrmPort {
  const client = createSalesforceClient(connection, credentials);
  const { connectionId } = connection;
  return {
    readDeal: (dealId, context) => readDeal(connectionId, client, dealId, context),
    changedDeals: (since, context) => changedDeals({ connectionId, client, since }, context),
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

function noDeal(connectionId: string, operation: string, dealId: string): AdapterError {
  return new AdapterError('not_found', `there is no deal ${dealId}`, {
    connectionId,
    operation,
  });
}
