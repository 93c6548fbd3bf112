/**
 * Customers in the CRM: groups with parents, several countries, and one whose tax profile nobody has filled in yet. The
 * German VAT numbers have the right check digit, because a real ERP counts it.
 */
import type { JsonObject } from '../core/json.ts';
import type { SeedObject } from '../core/store.ts';

interface Customer {
  name: string;
  parent?: number;
  address: [street: string, city: string, postalCode: string, country: string];
  currency: string;
  taxProfile: string | null;
  vatNumber: string | null;
  termsDays: number;
}

const customer = (
  name: string,
  address: Customer['address'],
  [currency, taxProfile, vatNumber]: [string, string | null, string | null],
  termsDays: number,
  parent?: number,
): Customer => ({
  name,
  address,
  currency,
  taxProfile,
  vatNumber,
  termsDays,
  ...(parent === undefined ? {} : { parent }),
});

const CUSTOMERS: readonly Customer[] = [
  customer(
    'Northwind Holdings plc',
    ['12 Wharf Lane', 'London', 'E14 5AB', 'GB'],
    ['GBP', 'GB-STD', 'GB300000001'],
    30,
  ),
  customer(
    'Northwind Retail Ltd',
    ['4 Mill Street', 'Leeds', 'LS1 4AP', 'GB'],
    ['GBP', 'GB-STD', 'GB300000002'],
    30,
    1,
  ),
  customer('Alpenwerk AG', ['Isarring 20', 'München', '80805', 'DE'], ['EUR', 'DE-STD', 'DE300000002'], 30),
  customer(
    'Sakura Logistics KK',
    ['2-4-1 Shibaura', 'Tokyo', '108-0023', 'JP'],
    ['JPY', 'JP-STD', 'T3000000000004'],
    60,
  ),
  customer(
    'Gulf Meridian Petroleum KSC',
    ['Al Shuhada St 8', 'Kuwait City', '13001', 'KW'],
    ['KWD', 'KW-NONE', null],
    45,
  ),
  customer('Cascade Health Inc', ['801 Pine St', 'Seattle, WA', '98101', 'US'], ['USD', 'US-EXEMPT', null], 30),
  customer('Lumière Énergie SA', ['7 rue du Quai', 'Lyon', '69002', 'FR'], ['EUR', 'EU-RC', 'FR30000000007'], 45),
  customer('Tyne Robotics Ltd', ['9 Quayside', 'Newcastle', 'NE1 3DX', 'GB'], ['GBP', null, 'GB300000008'], 30),
  customer(
    'Alpenwerk Digital GmbH',
    ['Isarring 22', 'München', '80805', 'DE'],
    ['EUR', 'DE-STD', 'DE300000019'],
    14,
    3,
  ),
  customer('Cascade Insurance LLC', ['805 Pine St', 'Seattle, WA', '98101', 'US'], ['USD', 'US-EXEMPT', null], 30, 6),
];

const idOf = (number: number): string => `001TL${String(number).padStart(11, '0')}AA`;

export function customerObjects(): SeedObject[] {
  return CUSTOMERS.map(({ name, parent, address, currency, taxProfile, vatNumber, termsDays }, index) => {
    const id = idOf(index + 1);
    const [BillingStreet, BillingCity, BillingPostalCode, BillingCountryCode] = address;
    const object: JsonObject = {
      Id: id,
      Name: name,
      ParentId: parent === undefined ? null : idOf(parent),
      BillingStreet,
      BillingCity,
      BillingPostalCode,
      BillingCountryCode,
      CurrencyIsoCode: currency,
      Tax_Profile__c: taxProfile,
      VAT_Number__c: vatNumber,
      Payment_Terms_Days__c: termsDays,
    };
    return { type: 'Account', id, object };
  });
}
