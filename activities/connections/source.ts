/** What facts of a connection have in common: who reports them, and how their objects are named. */
import type { CallContext } from '../../adapters/ports/index.ts';
import type { Actor } from '../../domain/actor.ts';
import type { Configuration, Connection } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { lookup } from '../../domain/lookup.ts';
import type { Dependencies } from '../dependencies.ts';

/** What a poll found: whether there is more, and figures for people who look at the job. */
export interface PollResult {
  more: boolean;
  facts: number;
  lines: number;
  /** Lines kept without an engagement, because their project is not one of ours (yet). */
  unknownProject: number;
}

/** What the pollers use. */
export type PollDependencies = Pick<Dependencies, 'books' | 'systems' | 'configuration'>;

/** The machine that reports for a connection. */
export function reporterOf(connectionId: string): Actor {
  return { subject: `system:${connectionId}`, roles: ['integration'], legalEntities: ['*'] };
}

/** The context of a poll's calls: no engagement is behind it, so the connection itself is the chain. */
export function pollContext(connectionId: string): CallContext {
  return { correlationId: `poll-${connectionId}`, actorSubject: reporterOf(connectionId).subject };
}

/** @throws CONNECTION_UNKNOWN */
export function connectionOf(configuration: Configuration, connectionId: string): Connection {
  const connection = lookup(configuration.connections, connectionId);
  if (connection) return connection;
  throw new DomainError('CONNECTION_UNKNOWN', `connection ${connectionId} is not configured`, { connectionId });
}

/** How the inbox names the objects of facts: the same object has the same key whoever reports it. */
export const objectKey = {
  deal: (dealId: string): string => `deal:${dealId}`,
  milestone: (milestoneId: string): string => `milestone:${milestoneId}`,
  invoice: (erpInvoiceId: string): string => `invoice:${erpInvoiceId}`,
};
