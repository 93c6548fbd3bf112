/** What a contract says of itself as a whole. */
import { leadCurrency } from '../../../domain/deal/contract.ts';
import { validateDeal } from '../../../domain/deal/validate-deal.ts';
import { CONFIGURATION, deal, retainerLine, timeLine } from './fixtures.ts';

test('a deal is sold in the currency of its lead entity, whatever line comes first', () => {
  const lines = [
    timeLine({ lineId: 'l-1', legalEntityId: 'TL-UK', currency: 'GBP' }),
    retainerLine({ lineId: 'l-2', legalEntityId: 'TL-KW', currency: 'KWD' }),
  ];
  const outcome = validateDeal(deal({ legalEntityId: 'TL-KW', currency: 'KWD', lines }), CONFIGURATION, 1);
  if (!outcome.ok) throw new Error(outcome.findings.map(({ message }) => message).join('; '));
  expect(leadCurrency(outcome.contract)).toBe('KWD');
  // A lead entity that sells nothing itself has no currency of its own.
  expect(leadCurrency({ ...outcome.contract, leadLegalEntityId: 'TL-JP' })).toBe('GBP');
});
