/**
 * Which contract line a piece of work belongs to. A PSA knows projects and tasks, not contract lines: the task that
 * set-up made for a role decides; without it, the role and the date do. Work that fits nowhere goes to a line that will
 * refuse it with a reason, so that it is never passed over in silence.
 */
import { type ContractLine, isTimeLine } from '../../domain/deal/contract.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';

/** What is known of a piece of work. */
export interface PlacedWork {
  /** Our key of the task, where the PSA told one that set-up made. */
  taskKey: string | null;
  role: string;
  workedOn: PlainDate;
}

function rolesOf(line: ContractLine): string[] {
  return [
    ...line.roles.map((role) => role.role),
    ...(isTimeLine(line) ? line.pricing.rates.map((rate) => rate.role) : []),
  ];
}

function coversDate(line: ContractLine, date: PlainDate): boolean {
  return date >= line.startOn && date <= line.endOn;
}

/** The first line that passes the most tests, in order of weight; lines billed by time before others. */
function best(
  lines: readonly ContractLine[],
  tests: readonly ((line: ContractLine) => boolean)[],
): ContractLine | undefined {
  let left = [...lines];
  for (const passes of tests) {
    const passing = left.filter(passes);
    if (passing.length > 0) left = passing;
  }
  return left[0];
}

/** The line of a time entry, among the lines of its legal entity; undefined only when there are none. */
export function lineOfTime(work: PlacedWork, lines: readonly ContractLine[]): ContractLine | undefined {
  const byTask = lines.find((line) => line.roles.some((role) => role.roleId === work.taskKey));
  if (byTask) return byTask;
  return best(lines, [
    (line) => rolesOf(line).includes(work.role),
    (line) => coversDate(line, work.workedOn),
    isTimeLine,
  ]);
}

/** The line of an expense: one billed by time, in the expense's currency and on its date where there is one. */
export function lineOfExpense(
  expense: { currency: string; incurredOn: PlainDate },
  lines: readonly ContractLine[],
): ContractLine | undefined {
  return best(lines, [
    isTimeLine,
    (line) => line.value.currency === expense.currency,
    (line) => coversDate(line, expense.incurredOn),
  ]);
}
