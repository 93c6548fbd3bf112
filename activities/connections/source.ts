/** What facts of a connection have in common: who reports them, and how their objects are named. */
import type { CallContext } from '../../adapters/ports/index.ts';
import type { Actor } from '../../domain/actor.ts';
import type { Configuration, Connection } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { lookup } from '../../domain/lookup.ts';
import type { Books } from '../../persistence/books.ts';
import type { InboxEntry } from '../../persistence/repositories/inbox.ts';
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
  /** What credits took off an invoice: told in notes, and apart from its payments. */
  credits: (erpInvoiceId: string): string => `credits:${erpInvoiceId}`,
};

/**
 * Tells an engagement something that people must know. Told again at a later instant, it is a new note where the first
 * was acknowledged. Without an engagement it waits until what `origin` names is in our books. Returns 1 when it is
 * news.
 */
export async function receiveNote(
  books: Books,
  note: {
    connectionId: string;
    engagementId: string | null;
    correlationId: string;
    /** What it is about; with the version it is one event. */
    objectKey: string;
    /** ISO instant in UTC. */
    occurredAt: string;
    /** Default: the instant. */
    version?: string;
    origin?: InboxEntry['origin'];
    code: string;
    message: string;
    /** What a later poll reads again, to know what was told. */
    creditedMinor?: number;
  },
): Promise<number> {
  const { message, version = note.occurredAt, origin = {}, code, creditedMinor, ...told } = note;
  const { isNew } = await books.inbox.receive({
    ...{ ...told, version, origin, eventId: `${note.objectKey}@${version}`, type: 'noticed', effectiveOn: null },
    ...{ actor: reporterOf(note.connectionId) },
    data: { code, note: message, ...(creditedMinor === undefined ? {} : { creditedMinor }) },
  });
  return isNew ? 1 : 0;
}
