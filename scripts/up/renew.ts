// Before the worker stops, every open engagement begins a new run, so that its history is a few events long when the
// next, possibly edited code replays it (decisions 23). Best effort within a few seconds: what is in the middle of a
// call goes on later.
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { ENGAGEMENT_WORKFLOW, renew } from '../../workflows/engagement/contract.ts';

const PATIENCE_MS = 5_000;

/** Signals `renew` to all open engagements and waits, for 5 s at most, until their runs are new ones. */
export async function renewEngagements(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
  try {
    const client = new Client({ connection, namespace });
    const query = `WorkflowType = '${ENGAGEMENT_WORKFLOW}' AND ExecutionStatus = 'Running'`;
    const open = new Map<string, string>();
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      await client.workflow.getHandle(workflowId).signal(renew);
      open.set(workflowId, runId);
    }
    const giveUpAtMs = Date.now() + PATIENCE_MS;
    while (open.size > 0 && Date.now() < giveUpAtMs) {
      for (const [workflowId, runId] of open) {
        const { runId: now } = await client.workflow.getHandle(workflowId).describe();
        if (now !== runId) open.delete(workflowId);
      }
      await delay(100);
    }
  } finally {
    await connection.close();
  }
}
