/**
 * A customer in Tryton: a party whose code is our key, which the database keeps unique. Tryton spreads what we know of
 * it: name and terms are the party's, the tax profile is the party's tax rule in its company, the country that of its
 * invoice address, the VAT number an identifier. A party has no currency: the one it is billed in is a line among its
 * contacts, which people see and which can be changed without deleting anything.
 */
import { understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import type { CallContext } from '../ports/context.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError } from '../ports/errors.ts';
import type { CustomerRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { refOf } from './values.ts';
import type { WireAddress, WireContact, WireIdentifier, WireParty, WireTaxRule, WireWrite } from './wire.ts';

/** Countries whose VAT numbers Tryton checks as European ones (XI: Northern Ireland, EL: Greece in VAT numbers). */
const EU = /^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)/;

/** The name of the contact line that says in which currency a customer is billed. */
const BILLED_IN = 'Billed in';

/** A customer with what is needed to change it and to bill it. */
export interface FoundCustomer {
  customerId: string;
  record: CustomerRecord;
  timestamp: string;
  addressId: string | undefined;
  identifier: WireIdentifier | undefined;
  /** The payment term that Tryton has for it; null when it has none. */
  termId: string | null;
  hasTaxRule: boolean;
  contactId: string | undefined;
}

/** The customer under our key, in use or not. */
export async function findCustomer(
  books: Books,
  key: string,
  context: CallContext,
): Promise<FoundCustomer | undefined> {
  return readCustomer(books, [['code', '=', key]], context);
}

/** The customer by its id in Tryton. @throws rejected when there is none */
export async function getCustomer(books: Books, customerId: string, context: CallContext): Promise<FoundCustomer> {
  const { connectionId } = books;
  const found = /^[1-9]\d*$/.test(customerId) && (await readCustomer(books, [['id', '=', refOf(customerId)]], context));
  if (found) return found;
  const operation = 'read party.party';
  throw new AdapterError('rejected', `there is no party ${customerId} in Tryton`, { connectionId, operation });
}

async function readCustomer(
  books: Books,
  domain: readonly unknown[],
  context: CallContext,
): Promise<FoundCustomer | undefined> {
  const { client, connectionId, directory } = books;
  const all = { inactiveToo: true };
  const fields = ['name', 'active', 'customer_payment_term', '_timestamp'];
  const [party] = await client.searchRead<WireParty>('party.party', { domain, fields }, all, context);
  if (party === undefined) return undefined;
  const own = (model: string, names: string[]) =>
    client.searchRead(model, { domain: [['party', '=', refOf(party.id)]], fields: names }, {}, context);
  const rule = await taxRuleOf(books, party.id, context);
  const identifiers = (await own('party.identifier', ['type', 'code'])) as WireIdentifier[];
  const addresses = (await own('party.address', ['invoice', 'country.code'])) as (WireAddress & { invoice: boolean })[];
  const contacts = (await own('party.contact_mechanism', ['name', 'value'])) as WireContact[];
  const term = party.customer_payment_term;
  const days = term === null ? undefined : await directory.daysOf(term, context);
  return understand(connectionId, 'read party.party', () => {
    const identifier = identifiers.find(({ type }) => type === 'eu_vat' || type === null);
    const address = addresses.find(({ invoice }) => invoice) ?? addresses[0];
    const contact = contacts.find(({ name }) => name === BILLED_IN);
    return {
      ...{ customerId: party.id, timestamp: party._timestamp, addressId: address?.id, identifier },
      ...{ termId: term, hasTaxRule: rule !== undefined, contactId: contact?.id },
      record: {
        erpEntityRef: rule?.companyId ?? '',
        name: party.name ?? '',
        currency: contact?.value ?? '',
        taxProfile: rule?.name ?? '',
        vatNumber: identifier?.code ?? null,
        paymentTermsDays: days ?? -1,
        countryCode: address?.['country.']?.code ?? '',
        active: party.active,
      },
    };
  });
}

/** The company in which the party has a tax rule of its own, and that rule: each company has values of its own. */
async function taxRuleOf({ client, directory }: Books, partyId: string, context: CallContext) {
  for (const companyId of await directory.companyIds(context)) {
    const own = [
      ['company', '=', refOf(companyId)],
      ['customer_tax_rule', '!=', null],
    ];
    const [row] = await client.searchRead<WireTaxRule>(
      'party.party',
      {
        domain: [
          ['id', '=', refOf(partyId)],
          ['accounts', 'where', own],
        ],
        fields: ['customer_tax_rule.name'],
      },
      { companyId, inactiveToo: true },
      context,
    );
    const name = row?.['customer_tax_rule.']?.name;
    if (name !== undefined) return { companyId, name };
  }
  return undefined;
}

/** Makes the party be as given; everything that it refers to is looked up before anything is written. */
export async function putCustomer(books: Books, key: string, customer: CustomerRecord, context: CallContext) {
  const { client, connectionId } = books;
  const operation = 'put party.party';
  const company = await books.directory.company(customer.erpEntityRef, context);
  const scope = { companyId: company.id };
  const found = await confirmed<FoundCustomer | undefined>(
    { connectionId, operation },
    {
      look: () => findCustomer(books, key, context),
      missing: (seen) => (seen === undefined ? ['it is not there'] : differencesOf(customer, seen.record)),
      async write(seen) {
        const values = await toWireParty(books, customer, seen, context);
        if (seen !== undefined) {
          const current = seen.record.active ? seen : await putInUse(books, key, seen, context);
          // Somebody else's change between our look and this write is seen by Tryton, and we look again.
          const unchanged = unchangedSince(current);
          await client.write('party.party', current.customerId, values, { ...scope, unchanged }, context);
          return;
        }
        try {
          await client.create('party.party', { ...values, code: key }, scope, context);
        } catch (error) {
          // Another attempt was faster; the code is unique, so reading back finds that one.
          if (!(error instanceof AdapterError) || error.vendorCode !== 'DUPLICATE') throw error;
        }
      },
    },
  );
  return found?.customerId ?? ''; // Nothing is missing: it is there.
}

function unchangedSince({ customerId, timestamp }: FoundCustomer): Record<string, string> {
  return { [`party.party,${customerId}`]: timestamp };
}

/** Tryton lets nothing be changed of a party that is out of use but that. Returns it as it is then. */
async function putInUse(books: Books, key: string, seen: FoundCustomer, context: CallContext): Promise<FoundCustomer> {
  const unchanged = unchangedSince(seen);
  await books.client.write('party.party', seen.customerId, { active: true }, { unchanged }, context);
  return (await findCustomer(books, key, context)) ?? seen;
}

async function toWireParty(
  { client, connectionId, directory }: Books,
  customer: CustomerRecord,
  seen: FoundCustomer | undefined,
  context: CallContext,
): Promise<WireWrite<'party.party'>> {
  const company = await directory.company(customer.erpEntityRef, context);
  const term = await directory.paymentTerm(customer.paymentTermsDays, context);
  const rule = await directory.taxRule(company, customer.taxProfile, context);
  const country = { country: refOf(await directory.country(customer.countryCode, context)), invoice: true };
  await directory.currency(customer.currency, context);
  const address = seen?.addressId;
  const givesUpVat = customer.vatNumber === null && seen?.identifier !== undefined;
  if (givesUpVat && (await client.series(context)) === '6.0') {
    const { code } = seen.identifier as WireIdentifier;
    const message =
      `${customer.name} has no VAT number any more, and Tryton 6.0 cannot take one out of use: ` +
      `finance removes ${code} from the party`;
    throw new AdapterError('rejected', message, { connectionId, operation: 'put party.party' });
  }
  return {
    name: customer.name,
    active: customer.active,
    // The same term under another id is as good: only another number of days is written.
    ...(seen?.termId != null && seen.record.paymentTermsDays === customer.paymentTermsDays
      ? {}
      : { customer_payment_term: refOf(term) }),
    customer_tax_rule: refOf(rule),
    addresses: [address === undefined ? ['create', [country]] : ['write', [refOf(address)], country]],
    contact_mechanisms: billedIn(customer, seen),
    ...vatOf(customer.vatNumber, seen?.identifier),
  };
}

function billedIn({ currency }: CustomerRecord, seen: FoundCustomer | undefined): unknown[] {
  if (seen?.contactId === undefined) return [['create', [{ type: 'other', name: BILLED_IN, value: currency }]]];
  return seen.record.currency === currency ? [] : [['write', [refOf(seen.contactId)], { value: currency }]];
}

/** A number that is given up is taken out of use: we delete nothing. */
function vatOf(vatNumber: string | null, seen: WireIdentifier | undefined): WireWrite<'party.party'> {
  if (vatNumber === (seen?.code ?? null)) return {};
  if (vatNumber === null) return { identifiers: [['write', [refOf(seen?.id ?? '')], { active: false }]] };
  const values = { type: EU.test(vatNumber) ? 'eu_vat' : null, code: vatNumber };
  return { identifiers: [seen === undefined ? ['create', [values]] : ['write', [refOf(seen.id)], values]] };
}

/** Takes the party out of use; harmless when there is none. */
export async function deactivateCustomer(books: Books, key: string, context: CallContext): Promise<void> {
  const { client, connectionId } = books;
  await confirmed(
    { connectionId, operation: 'deactivate party.party' },
    {
      look: () => findCustomer(books, key, context),
      missing: (seen) => (seen?.record.active === true ? ['it is in use'] : []),
      async write(seen) {
        if (seen !== undefined) await client.write('party.party', seen.customerId, { active: false }, {}, context);
      },
    },
  );
}
