/**
 * What the PSA is asked to make of a contract: one project per legal entity with a task per sold role, the milestones
 * to accept, and the demand for people (R27, R29, R31). Plain data from the contract, so that set-up, read-back and a
 * later check all compare against the same thing.
 */
import { type Contract, entitiesOf, isFixedFeeLine, linesOf } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import { type CurrencyCode, sumMoney } from '../money/money.ts';
import type { PlainDate } from '../time/plain-date.ts';

/**
 * A project to be made. Dates are inclusive, amounts in minor units of the currency, keys are the contract's own ids.
 */
export interface ProjectPlan {
  title: string;
  startOn: PlainDate;
  endOn: PlainDate;
  currency: CurrencyCode;
  /** The value of the entity's lines. */
  budgetMinor: number;
  tasks: {
    taskKey: string;
    title: string;
    role: string;
    budgetMinutes: number;
    startOn: PlainDate;
    endOn: PlainDate;
  }[];
  milestones: { milestoneKey: string; title: string; dueOn: PlainDate; amountMinor: number }[];
}

/** People wanted for one sold role. */
export interface RoleRequest {
  demandKey: string;
  role: string;
  minutes: number;
  startOn: PlainDate;
  endOn: PlainDate;
}

/**
 * The project of a legal entity. Where the contract touches several entities, the title names the one.
 * @throws PROJECT_EMPTY when the entity has no lines, CURRENCY_MISMATCH when they are in several currencies
 */
export function projectOrder(contract: Contract, legalEntityId: string): ProjectPlan {
  const lines = linesOf(contract, legalEntityId);
  const [first] = lines;
  if (!first) {
    throw new DomainError('PROJECT_EMPTY', `contract "${contract.name}" has no lines of ${legalEntityId}`, {
      legalEntityId,
    });
  }
  const { currency } = first.value;
  const values = lines.map((line) => line.value);
  const starts = lines.map((line) => line.startOn).sort();
  const ends = lines.map((line) => line.endOn).sort();
  return {
    title: entitiesOf(contract).length > 1 ? `${contract.name} (${legalEntityId})` : contract.name,
    startOn: starts[0] ?? contract.startOn,
    endOn: ends.at(-1) ?? contract.endOn,
    currency,
    budgetMinor: sumMoney(values, currency).amountMinor,
    tasks: lines.flatMap((line) =>
      line.roles.map(({ roleId, role, budgetMinutes, startOn, endOn }) => {
        return { taskKey: roleId, title: `${line.name}: ${role}`, role, budgetMinutes, startOn, endOn };
      }),
    ),
    milestones: lines.filter(isFixedFeeLine).flatMap((line) =>
      line.pricing.milestones.map(({ milestoneId, name, dueOn, amount }) => {
        return { milestoneKey: milestoneId, title: name, dueOn, amountMinor: amount.amountMinor };
      }),
    ),
  };
}

/** The demand for people of a legal entity: one request per sold role. */
export function resourceDemand(contract: Contract, legalEntityId: string): RoleRequest[] {
  return linesOf(contract, legalEntityId).flatMap((line) =>
    line.roles.map(({ roleId, role, budgetMinutes, startOn, endOn }) => {
      return { demandKey: roleId, role, minutes: budgetMinutes, startOn, endOn };
    }),
  );
}
