/**
 * Which company of Tryton a PSA connection is for. A project has a company and no legal entity of ours, so a connection
 * serves one company; two entities in one Tryton have a connection each.
 */
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { TrytonClient } from './client.ts';
import type { Company } from './psa-convert.ts';

interface WireCompany {
  id: string;
  'party.': { code: string };
  'currency.': { code: string };
}

/** The company, read once. */
export type CompanyFinder = (context: CallContext) => Promise<Company>;

/** @throws rejected when the user does not see the company, or sees several and none is named */
export function createCompanyFinder(
  connectionId: string,
  client: TrytonClient,
  code: string | undefined,
): CompanyFinder {
  let known: Company | undefined;
  return async (context) => {
    known ??= await find(context);
    return known;
  };
  async function find(context: CallContext): Promise<Company> {
    const domain = code === undefined ? [] : [['party.code', '=', code]];
    const reading = { domain, fields: ['party.code', 'currency.code'] };
    const companies = await client.searchRead<WireCompany>('company.company', reading, {}, context);
    const [company] = companies;
    if (company !== undefined && companies.length === 1) {
      return { companyId: company.id, currency: company['currency.'].code };
    }
    const seen = companies.map((each) => each['party.'].code).join(', ');
    const message =
      code === undefined ? `the user sees the companies ${seen}: name one` : `the user sees no company ${code}`;
    throw new AdapterError('rejected', message, { connectionId, operation: 'find company' });
  }
}
