/**
 * What the books know of a contract when a change to it is computed: plain values, read once, so that the whole effect
 * is of one moment.
 */
import type { Limit } from '../billing/not-to-exceed.ts';
import type { Contract } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import type { LineBalance } from '../ledger/balances.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Money } from '../money/money.ts';
import type { RoundingMode } from '../money/rounding.ts';
import type { Month } from '../time/period.ts';
import type { InvoicedRow } from './billing-plan.ts';
import type { PricedWork } from './rerate-work.ts';
import type { Obligation } from './revenue-change.ts';

/** How a legal entity rounds, and the first month that its books are open for. */
export interface EntityBooks {
  mode: RoundingMode;
  firstOpenMonth: Month;
}

/** What the books know of a contract. */
export interface ContractBooks {
  contract: Contract;
  /** All priced work of lines of time and materials, billed or not. */
  work: readonly PricedWork[];
  posted: readonly InvoicedRow[];
  /** What is on drafts, not posted. */
  drafts: readonly InvoicedRow[];
  /** Limits above the lines (customer, contract); those of lines are in the contract. */
  limits: readonly Limit[];
  obligations: readonly Obligation[];
  balances: readonly LineBalance[];
  /** What is asked for in advance, by line in percent, and was invoiced of it. */
  advance: { percentByLine: Readonly<Record<string, Decimal>>; invoiced: Money } | null;
  entities: Readonly<Record<string, EntityBooks>>;
}

/** What is known of a legal entity. @throws LEGAL_ENTITY_UNKNOWN */
export function entityBooks({ entities }: ContractBooks, legalEntityId: string): EntityBooks {
  const found = Object.hasOwn(entities, legalEntityId) ? entities[legalEntityId] : undefined;
  if (found) return found;
  const message = `the books of legal entity ${legalEntityId} are not known`;
  throw new DomainError('LEGAL_ENTITY_UNKNOWN', message, { legalEntityId });
}
