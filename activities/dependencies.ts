/** What activities are made of: the connected systems, our books, and the installation's configuration. */
import { Context } from '@temporalio/activity';
import type { CallContext, Systems } from '../adapters/ports/index.ts';
import type { Configuration, LegalEntity } from '../domain/configuration.ts';
import { DomainError } from '../domain/errors.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import { ERP_MOVE_DUE } from '../domain/engagement/entity-refs.ts';
import { inErp, nextErpOf } from '../domain/erp-routing.ts';
import { lookup } from '../domain/lookup.ts';
import type { PlainDate } from '../domain/time/plain-date.ts';
import type { Books } from '../persistence/books.ts';

/** Everything an activity may use. */
export interface Dependencies {
  systems: Systems;
  books: Books;
  configuration: Configuration;
}

/** An activity of a saga. */
export type Call = (envelope: Envelope<CallInput>) => Promise<CallResult>;

/** The context of an outside call: chain, person, and the moment at which the activity's time is up. */
export function contextOf(envelope: Envelope<unknown>): CallContext {
  return {
    correlationId: envelope.correlationId,
    actorSubject: envelope.actor.subject,
    signal: Context.current().cancellationSignal,
  };
}

/** The configuration of a legal entity. @throws LEGAL_ENTITY_UNKNOWN */
export function legalEntityOf(configuration: Configuration, legalEntityId: string): LegalEntity {
  const entity = lookup(configuration.legalEntities, legalEntityId);
  if (entity) return entity;
  throw new DomainError('LEGAL_ENTITY_UNKNOWN', `legal entity ${legalEntityId} is not configured`, { legalEntityId });
}

/**
 * A legal entity as the ERP of the step's work knows it: the one in which its customer and contract were made.
 * @throws LEGAL_ENTITY_UNKNOWN, ERP_NOT_ASSIGNED
 */
export function entityInErp(
  configuration: Configuration,
  input: Pick<CallInput, 'legalEntityId' | 'refs'>,
  legalEntityId = input.legalEntityId,
): LegalEntity {
  return inErp(legalEntityOf(configuration, legalEntityId), input.refs[legalEntityId]?.erpConnectionId);
}

/**
 * Why a document of that date cannot be made now: the table has its legal entity in another ERP from then on, and the
 * engagement has not moved there yet. Undefined when it can.
 * @throws LEGAL_ENTITY_UNKNOWN, ERP_NOT_ASSIGNED
 */
export function moveBefore(configuration: Configuration, input: CallInput, on: PlainDate): CallResult | undefined {
  const { legalEntityId } = input;
  const from = entityInErp(configuration, input).erpConnectionId;
  const next = nextErpOf(legalEntityOf(configuration, legalEntityId), on, from);
  const to = next.erpConnectionId;
  if (to === from || next.from === undefined) return undefined;
  const message = `${legalEntityId} moves from ${from} to ${to} on ${next.from}: its documents of then wait for that`;
  return {
    findings: [{ code: ERP_MOVE_DUE, message, ownerRole: 'ops', passes: true }],
    erpMove: { legalEntityId, from, to, on: next.from },
  };
}

/** The invoice that a step of billing or payment is about. @throws INVOICE_UNKNOWN when the step does not say it */
export function invoiceIdOf(input: CallInput): string {
  const invoiceId = input.scope.invoiceId ?? input.ref;
  if (invoiceId) return invoiceId;
  throw new DomainError('INVOICE_UNKNOWN', `step ${input.key} does not say which invoice it is about`, {
    key: input.key,
  });
}
