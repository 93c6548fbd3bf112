/** How an engagement shows itself: the view row and the timeline that lists and people read. */
import type { Envelope } from '../domain/engagement/calls.ts';
import type { Publication } from '../persistence/repositories/projection.ts';
import type { Dependencies } from './dependencies.ts';

/** The engagement's side of the read model. */
export function createProjectionActivities({ books }: Pick<Dependencies, 'books'>) {
  return {
    /**
     * Publishes one turn: summary, new timeline entries, and that these inbox rows are part of it. Repeating changes
     * nothing.
     */
    async publish(envelope: Envelope<Publication>): Promise<void> {
      const { engagementId, acknowledge } = envelope.data;
      await books.transaction(async (inOne) => {
        await inOne.projection.publish(envelope.data);
        await inOne.inbox.consume(engagementId, acknowledge);
      });
    },
  };
}
