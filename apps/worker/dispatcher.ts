/**
 * How a fact in the inbox reaches its engagement: a running one is told to look, a new one is started with the message.
 */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { type Configuration, recordUrl } from '../../domain/configuration.ts';
import type { EngagementStart } from '../../domain/engagement/start.ts';
import { lookup } from '../../domain/lookup.ts';
import type { Books } from '../../persistence/books.ts';
import { announced, ENGAGEMENT_TASK_QUEUE, ENGAGEMENT_WORKFLOW } from '../../workflows/engagement/contract.ts';
import type { Dispatcher } from '../../activities/connections/index.ts';

/** A dispatcher over a Temporal client. */
export function createDispatcher(client: Client, configuration: Configuration, books: Books): Dispatcher {
  return {
    async announce(workflowId) {
      try {
        await client.workflow.getHandle(workflowId).signal(announced);
        return 'announced';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'over';
        throw error;
      }
    },

    async start({ engagementId, connectionId, originDealId, workflowId, correlationId, requestedBy }) {
      // A deal goes on changing after its engagement has ended, not least by our own write-back: only a command begins
      // anew.
      const view = await books.projection.find(engagementId);
      if (view?.summary.stage === 'closed' || view?.summary.stage === 'cancelled') return 'over';
      const start: EngagementStart = {
        engagementId,
        connectionId,
        dealId: originDealId,
        correlationId,
        requestedBy,
        policy: configuration.policy,
        dealUrl: recordUrl(lookup(configuration.connections, connectionId), 'deal', originDealId),
        refuseIfInvalid: false,
      };
      try {
        await client.workflow.start(ENGAGEMENT_WORKFLOW, {
          taskQueue: ENGAGEMENT_TASK_QUEUE,
          workflowId,
          args: [{ start }],
          // Uniqueness for ever is a key in PostgreSQL; a closed run's id may be used again by a corrected deal
          // (decisions.md 6, 7).
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          memo: { correlationId, engagementId },
          staticSummary: `Engagement ${engagementId}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      await client.workflow.getHandle(workflowId).signal(announced);
      return 'announced';
    },
  };
}
