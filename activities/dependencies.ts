/** What activities are made of: the connected systems, our books, and the installation's configuration. */
import { Context } from '@temporalio/activity';
import type { CallContext, Systems } from '../adapters/ports/index.ts';
import type { Configuration, LegalEntity } from '../domain/configuration.ts';
import { DomainError } from '../domain/errors.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import { lookup } from '../domain/lookup.ts';
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
