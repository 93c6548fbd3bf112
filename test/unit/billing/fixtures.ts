/** Contract lines and work as billing and revenue tests use them. */
import type { FixedFeeLine, RetainerLine, TimeLine } from '../../../domain/deal/contract.ts';
import type { TimeCharge } from '../../../domain/billing/rate-time.ts';
import { parseMoney } from '../../../domain/money/money.ts';

/** Principal 180, from February 190; Consultant 95.50; expenses +5 %; no ceiling; January to March 2026. */
export function timeLine(currency = 'GBP', changes: Partial<TimeLine['pricing']> = {}): TimeLine {
  const rate = { validTo: null };
  return {
    lineId: 'line-t',
    name: 'Review',
    legalEntityId: 'TL-UK',
    value: parseMoney('1000', currency),
    startOn: '2026-01-01',
    endOn: '2026-03-31',
    roles: [],
    pricing: {
      model: 'time-and-materials',
      rateCardId: 'card-1',
      rateCardVersion: 3,
      rates: [
        { role: 'Principal', hourlyRate: '180', validFrom: '2026-01-01', ...rate },
        { role: 'Principal', hourlyRate: '190', validFrom: '2026-02-01', ...rate },
        { role: 'Consultant', hourlyRate: '95.50', validFrom: '2026-01-01', ...rate },
      ],
      expenseMarkupPercent: '5',
      ceiling: null,
      ...changes,
    },
  };
}

/** 1,000.00 in three milestones, 100 hours sold, January to March 2026. */
export function fixedLine(currency = 'GBP', budgetMinutes = 6000): FixedFeeLine {
  const dates = { startOn: '2026-01-01', endOn: '2026-03-31' };
  return {
    lineId: 'line-f',
    name: 'Platform',
    legalEntityId: 'TL-UK',
    value: parseMoney('1000', currency),
    ...dates,
    roles: budgetMinutes > 0 ? [{ roleId: 'r', role: 'Consultant', budgetMinutes, ...dates }] : [],
    pricing: {
      model: 'fixed-fee',
      milestones: [
        { milestoneId: 'm1', name: 'Blueprint', amount: parseMoney('300', currency), dueOn: '2026-01-30' },
        { milestoneId: 'm2', name: 'Build', amount: parseMoney('500', currency), dueOn: '2026-02-27' },
        { milestoneId: 'm3', name: 'Go-live', amount: parseMoney('200', currency), dueOn: '2026-03-31' },
      ],
    },
  };
}

/** A fee per month over the given days. */
export function retainerLine(
  fee: string,
  currency: string,
  [startOn, endOn]: [string, string],
  timing: 'advance' | 'arrears' = 'advance',
): RetainerLine {
  return {
    lineId: 'line-r',
    name: 'Support',
    legalEntityId: 'TL-UK',
    value: parseMoney(fee, currency),
    startOn,
    endOn,
    roles: [],
    pricing: { model: 'retainer', periodFee: parseMoney(fee, currency), timing },
  };
}

/** Time that is priced already. */
export function charge(entryId: string, workedOn: string, amount: string, currency = 'GBP'): TimeCharge {
  return {
    kind: 'time',
    entryId,
    lineId: 'line-t',
    workedOn,
    role: 'Principal',
    minutes: 60,
    hourlyRate: amount,
    amount: parseMoney(amount, currency),
    derivation: { rule: 'given', inputs: {}, exact: amount, rounding: null },
  };
}
