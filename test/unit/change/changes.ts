/** Changes to the contract of engagement-books.ts, and readable views on what they do. */
import type { Amendment } from '../../../domain/change/amendment.ts';
import { type ChangeEffect, changeEffect, type ChangeOrder } from '../../../domain/change/change-order.ts';
import { DomainError } from '../../../domain/errors.ts';
import { formatDecimal, type Money } from '../../../domain/money/money.ts';
import type { RevenueSchedule } from '../../../domain/revenue/revenue-schedule.ts';
import { assessed, BOOKS, changeOf, gbp } from './engagement-books.ts';

/** The effect of a change that has one. */
export function effectOf(order: ChangeOrder, books = BOOKS): ChangeEffect {
  const effect = changeEffect(order, books);
  if (!effect) throw new Error('the change has no effect');
  return effect;
}

/** Code, part and code of the part of a refusal. */
export function refusalOf(order: ChangeOrder, books = BOOKS): unknown {
  try {
    changeEffect(order, books);
  } catch (error) {
    if (error instanceof DomainError) return [error.code, error.details['part'], error.details['code']];
    throw error;
  }
  return 'nothing refused';
}

export const text = (amount: Money) => formatDecimal(amount);
export const rowsOf = (schedule: RevenueSchedule) =>
  schedule.rows.map(({ month, amount, state, reason }) => `${month} ${text(amount)} ${state} ${reason}`);

/** The milestones of the build at these amounts. */
export function milestones(design: string, goLive: string): Amendment {
  return {
    amend: 'milestones',
    lineId: 'build',
    milestones: [
      { milestoneId: 'M1', name: 'Design', amount: gbp(design), dueOn: '2026-01-31' },
      { milestoneId: 'M2', name: 'Go-live', amount: gbp(goLive), dueOn: '2026-06-30' },
    ],
  };
}

/** The value of a line. */
export function worth(lineId: string, amount: string): Amendment {
  return { amend: 'value', lineId, value: gbp(amount) };
}
export const half = { by: 'costs', toDate: '42000', forecast: '84000' } as const;

export const scope = changeOf([worth('build', '130000'), milestones('30000', '100000')], {
  obligations: [assessed('build', { measure: half })],
});
