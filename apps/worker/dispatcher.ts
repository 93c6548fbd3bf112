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
  async function announce(workflowId: string): Promise<'announced' | 'over'> {
    try {
      await client.workflow.getHandle(workflowId).signal(announced);
      return 'announced';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'over';
      throw error;
    }
  }

  return {
    announce,

    async start({ engagementId, connectionId, originDealId, workflowId, correlationId }, requestedBy) {
      const view = await books.projection.find(engagementId);
      const stage = view && view.turn > 0 ? view.summary.stage : undefined; // Turn 0 was written before any run began.
      // Only what never began, was refused or was cancelled begins: closed is for good, and what is open goes on.
      if (stage !== undefined && stage !== 'cancelled') {
        const told = await announce(workflowId);
        if (told === 'announced' || stage === 'closed') return told;
        throw new Error(
          `the engagement is ${stage}, but its workflow is gone: it was terminated, and nothing was undone`,
        );
      }
      const after = await books.projection.lastPublished(engagementId);
      const start: EngagementStart = {
        engagementId,
        connectionId,
        dealId: originDealId,
        correlationId,
        requestedBy,
        policy: configuration.policy,
        dealUrl: recordUrl(lookup(configuration.connections, connectionId), 'deal', originDealId),
        refuseIfInvalid: false,
        ...(after ? { after } : {}),
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
