/** How an engagement learns what came in for it. A local activity: the inbox is in our own database. */
import type { Envelope, InboxPage } from '../domain/engagement/calls.ts';
import type { Dependencies } from './dependencies.ts';

/** The engagement's side of the inbox. */
export function createInboxActivities({ books }: Pick<Dependencies, 'books'>) {
  return {
    /** Acknowledges what earlier pages brought, and reads the next, oldest first, at most 50 facts. */
    async readInbox(envelope: Envelope<{ engagementId: string; acknowledge: string[] }>): Promise<InboxPage> {
      const { engagementId, acknowledge } = envelope.data;
      await books.inbox.consume(engagementId, acknowledge);
      return books.inbox.unread(engagementId);
    },
  };
}
