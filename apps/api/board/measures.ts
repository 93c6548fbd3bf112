/**
 * The board's figures in words: one measure per line, readable by a person and by a program. Nothing is computed but
 * shares.
 */
import { formatMoney, money } from '../../../domain/money/money.ts';
import { WORK_APPROVERS } from '../../../domain/work/batch.ts';
import type {
  BlockedMoney,
  Duration,
  MoneyFigures,
  WorkFigures,
  WorkToApprove,
} from '../../../persistence/repositories/board.ts';
import type { FigureView, MeasureView } from './board.views.ts';

const MINUTES_PER_HOUR = 60;
const NOTHING = 'nothing yet';

function hours(value: number | null): string {
  if (value === null) return NOTHING;
  if (value < 1) return value * 60 < 1 ? `${(value * 3600).toFixed(0)} s` : `${(value * 60).toFixed(0)} min`;
  return value < 48 ? `${value.toFixed(1)} h` : `${(value / 24).toFixed(1)} days`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? NOTHING : `${((part / whole) * 100).toFixed(1)} %`;
}

/** A measure of time. */
export function durationMeasure(key: string, name: string, basis: string, taken: Duration): MeasureView {
  const { count, medianHours, p90Hours } = taken;
  return {
    ...{ key, name },
    value: count === 0 ? NOTHING : `median ${hours(medianHours)}, 90 % within ${hours(p90Hours)}`,
    basis: `${basis}, ${String(count)} cases`,
    figures: [
      { name: 'median', value: medianHours === null ? null : medianHours.toFixed(3), unit: 'hours' },
      { name: 'p90', value: p90Hours === null ? null : p90Hours.toFixed(3), unit: 'hours' },
      { name: 'count', value: String(count), unit: 'count' },
    ],
  };
}

/** A measure that counts. */
export function countMeasure(key: string, name: string, basis: string, count: number): MeasureView {
  return {
    ...{ key, name, basis },
    value: String(count),
    figures: [{ name: 'count', value: String(count), unit: 'count' }],
  };
}

/** Approved work against invoiced work. */
export function workMeasure({ approvedMinutes, invoicedMinutes }: WorkFigures): MeasureView {
  const inHours = (minutes: number): string => (minutes / MINUTES_PER_HOUR).toFixed(1);
  return {
    ...{ key: 'invoicedAgainstApproved', name: 'Invoiced against approved' },
    value: share(invoicedMinutes, approvedMinutes),
    basis: `${inHours(invoicedMinutes)} of ${inHours(approvedMinutes)} approved billable hours are on posted invoices`,
    figures: [
      { name: 'approved', value: String(approvedMinutes), unit: 'minutes' },
      { name: 'invoiced', value: String(invoicedMinutes), unit: 'minutes' },
    ],
  };
}

/** Work that waits for approval here, with the role that decides on it. */
export function toApproveMeasure({ batches, time, minutes, expenses, oldestMonth }: WorkToApprove): MeasureView {
  const hoursOf = (minutes / MINUTES_PER_HOUR).toFixed(1);
  const what = `${String(time)} time entries (${hoursOf} h) and ${String(expenses)} expenses`;
  const count = (name: string, value: number): FigureView => ({ name, value: String(value), unit: 'count' });
  return {
    ...{ key: 'workToApprove', name: 'Work to approve, with owner' },
    value: batches === 0 ? 'none' : `${what} with ${WORK_APPROVERS.join(', ')}`,
    basis: oldestMonth === null ? 'nothing waits' : `${String(batches)} batches, the oldest of ${oldestMonth}`,
    figures: [
      count('time', time),
      { name: 'worked', value: String(minutes), unit: 'minutes' },
      count('expenses', expenses),
    ],
  };
}

type Amount = Exclude<keyof MoneyFigures, 'currency'>;

/** One amount against another, per currency. */
export function ratioMeasure(
  key: string,
  name: string,
  [part, partName]: [Amount, string],
  [whole, wholeName]: [Amount, string],
  figures: readonly MoneyFigures[],
): MeasureView {
  const used = figures.filter((figure) => figure[part] !== 0 || figure[whole] !== 0);
  const text = (figure: MoneyFigures, which: Amount): string => formatMoney(money(figure[which], figure.currency));
  return {
    ...{ key, name },
    value: used.map((figure) => `${figure.currency} ${share(figure[part], figure[whole])}`).join(', ') || NOTHING,
    basis:
      used.map((figure) => `${text(figure, part)} ${partName} of ${text(figure, whole)} ${wholeName}`).join('; ') ||
      `no ${wholeName} amount`,
    figures: used.flatMap((figure): FigureView[] => [
      { name: partName, value: String(figure[part]), unit: figure.currency },
      { name: wholeName, value: String(figure[whole]), unit: figure.currency },
    ]),
  };
}

/** Money that is held up, by the role that acts first. */
export function blockedMeasure(blocked: readonly BlockedMoney[]): MeasureView {
  const amount = ({ amountMinor, currency }: BlockedMoney): string => formatMoney(money(amountMinor, currency));
  return {
    ...{ key: 'moneyBlocked', name: 'Money blocked, with owner' },
    value: blocked.map((each) => `${amount(each)} with ${each.ownerRole}`).join('; ') || 'none',
    basis: blocked.map((each) => `${each.code}: ${String(each.engagements)} engagements`).join('; ') || 'nothing waits',
    figures: blocked.map((each) => ({
      name: `${each.ownerRole}:${each.code}`,
      value: String(each.amountMinor),
      unit: each.currency,
    })),
  };
}
