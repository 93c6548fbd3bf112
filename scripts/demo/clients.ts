// What the demo talks to: our API, as the people of the firm do; the sandbox, as people in the other systems do; and
// Temporal, to move time. Nothing here reaches into the application.
import { setTimeout as delay } from 'node:timers/promises';
import { fromEdge } from '../../apps/api/http/edge.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import type { EngagementSummary } from '../../domain/engagement/view.ts';
import type { Measure } from './board.ts';
import type { TimelineEntry } from '../../domain/engagement/state.ts';

/** How often a workflow is asked, and the pause between; each question waits 3 s for its answer. */
const ANSWERS_MAX = 20;
const PAUSE_MS = 1_000;

/** Where everything runs, as run.json says. */
export interface PlayTarget {
  api: string;
  sandboxUrl: string;
  temporalAddress: string;
  namespace: string;
  /** Development tokens by role. */
  tokens: Record<string, string>;
}

/** An object of a simulated system. */
export interface SandboxObject {
  system: string;
  type: string;
  id: string;
  object: Record<string, unknown>;
}

/** A row of the sandbox's journal. */
export interface JournalRow {
  sequence: number;
  system: string;
  operation: string;
  objectType: string;
  objectId: string;
  effect: 'created' | 'changed' | 'removed' | 'none';
  key: string | null;
  outcome: string;
  object: Record<string, unknown>;
}

async function json<T>(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${String(response.status)}: ${text.slice(0, 400)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The sandbox's control paths. */
export function sandboxClient(sandboxUrl: string) {
  const url = (path: string): string => `${sandboxUrl}/_sandbox/${path}`;
  return {
    act: <T>(action: string, fields: Record<string, unknown>): Promise<T> =>
      json<{ result: T }>('POST', url('actions'), { action, ...fields }).then(({ result }) => result),
    fault: (fault: Record<string, unknown>): Promise<{ id: string }> => json('POST', url('faults'), fault),
    objects: async (system: string, type: string): Promise<SandboxObject[]> =>
      (await json<{ objects: SandboxObject[] }>('GET', url(`objects?system=${system}&type=${type}`))).objects,
    journal: async (since = 0): Promise<JournalRow[]> =>
      (await json<{ rows: JournalRow[] }>('GET', url(`journal?since=${String(since)}`))).rows,
  };
}

/** The sandbox's control paths. */
export type SandboxClient = ReturnType<typeof sandboxClient>;

/** Our API, with a role's token for each call. */
export function apiClient(target: PlayTarget) {
  const call = <T>(role: string, method: string, path: string, body?: unknown, key?: string): Promise<T> =>
    json<unknown>(method, `${target.api}/v1/${path}`, body, {
      authorization: `Bearer ${target.tokens[role] ?? ''}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }).then((answer) => fromEdge(answer) as T);
  return {
    list: async (): Promise<EngagementSummary[]> =>
      (await call<{ data: EngagementSummary[] }>('auditor', 'GET', 'engagements?limit=200')).data,
    /** From the workflow itself: a busy machine answers with what was published last, and is asked again. */
    snapshot: async (engagementId: string): Promise<EngagementSnapshot> => {
      for (let attempt = 1; ; attempt += 1) {
        const path = `engagements/${engagementId}`;
        const answer = await call<EngagementSnapshot & { stale: boolean }>('auditor', 'GET', path);
        if (!answer.stale) return answer;
        if (attempt === ANSWERS_MAX) throw new Error(`${engagementId} does not answer: is a worker there?`);
        await delay(PAUSE_MS);
      }
    },
    timeline: async (engagementId: string, after: number): Promise<TimelineEntry[]> =>
      (
        await call<{ data: TimelineEntry[] }>(
          'auditor',
          'GET',
          `engagements/${engagementId}/timeline?limit=200&cursor=${String(after)}`,
        )
      ).data,
    decide: (role: string, engagementId: string, approvalId: string, body: unknown, key: string): Promise<unknown> =>
      call(role, 'POST', `engagements/${engagementId}/approvals/${approvalId}/decisions`, body, key),
    retry: (engagementId: string, sagaId: string, reason: string, key: string): Promise<unknown> =>
      call('ops', 'POST', `engagements/${engagementId}/retries`, { sagaId, reason }, key),
    /** Batches of submitted work, where the PSA has no approval of its own. */
    workToApprove: async (engagementId: string): Promise<{ batchId: string; hash: string }[]> => {
      const list = `time-batches?status=waiting&engagementId=${engagementId}`;
      const { data } = await call<{ data: { batchId: string }[] }>('delivery', 'GET', list);
      return Promise.all(
        data.map(({ batchId }) =>
          call<{ batchId: string; hash: string }>('delivery', 'GET', `time-batches/${batchId}`),
        ),
      );
    },
    approveWork: (batchId: string, hash: string): Promise<unknown> =>
      call('delivery', 'POST', `time-batches/${batchId}/decisions`, { decision: 'approve', hash }, `demo-${hash}`),
    board: (): Promise<{ measures: Measure[] }> => call('auditor', 'GET', 'board'),
  };
}

/** Our API. */
export type ApiClient = ReturnType<typeof apiClient>;
