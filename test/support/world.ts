/**
 * A whole small world for workflow tests: sandbox over HTTP, our database, workers on the real Temporal server in a
 * namespace of its own. The seed's January 2026 is moved to January 2031, so that every deal begins after today; time
 * moves by `advance`.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Connection, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, type NativeConnection } from '@temporalio/worker';
import type { DataSource } from 'typeorm';
import { createConnectionActivities } from '../../activities/connections/index.ts';
import { type Activities, createActivities } from '../../activities/index.ts';
import type { Systems } from '../../adapters/ports/index.ts';
import { createSystems } from '../../adapters/systems.ts';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { createDispatcher } from '../../apps/worker/dispatcher.ts';
import { createWorkers } from '../../apps/worker/workers.ts';
import type { Actor, Role } from '../../domain/actor.ts';
import type { Configuration, Policy } from '../../domain/configuration.ts';
import type { CallInput, Envelope } from '../../domain/engagement/calls.ts';
import { engagementWorkflowId } from '../../domain/ids.ts';
import { createDataSource } from '../../persistence/data-source.ts';
import { type Books, createBooks } from '../../persistence/books.ts';
import { sandboxClient, type SandboxClient } from '../../scripts/demo/clients.ts';
import { SANDBOX_CRM, sandboxConfiguration, sandboxSecrets } from '../../scripts/up/sandbox-profile.ts';
import { advanceTo, virtualNow } from '../../temporal-config/advance.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';
import { CONNECTION_JOB, type ConnectionJob, CONNECTIONS_TASK_QUEUE } from '../../workflows/connection/contract.ts';
import { decide, type EngagementSnapshot, snapshot } from '../../workflows/engagement/contract.ts';
import { freshDatabase } from './database.ts';
import { freshNamespace, testConnection, testNativeConnection } from './temporal.ts';

/** The month that the seed's January 2026 becomes. */
export const BASE_MONTH = '2031-01';

/** Waits that suit a test: a call gives up after a second, a blocked step is probed after a quarter of one. */
export const TEST_POLICY: Partial<Policy> = {
  probeDelayMs: 250,
  probeDelayMaxMs: 1_000,
  firstAttemptMs: 3_000,
  probeMs: 2_000,
  undoProbesMax: 3,
  lateArrivalMs: 300,
};

const PATIENCE_MS = 50_000;

/** Somebody with a role, acting for all legal entities. */
export function person(role: Role, subject = `${role}@test.example`): Actor {
  return { subject, roles: [role], legalEntities: ['*'] };
}

/** The workflow bundle, built once per test run. */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const codePath = join(tmpdir(), `${process.env.TEST_TEMPLATE_DATABASE ?? 'throughline'}-workflows.js`);
  if (existsSync(codePath)) return { codePath };
  const workflowsPath = join(process.cwd(), 'workflows', 'index.ts');
  const nothing = (): void => undefined;
  const logger = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  writeFileSync(`${codePath}.${String(process.pid)}`, code);
  renameSync(`${codePath}.${String(process.pid)}`, codePath);
  return { codePath };
}

/** What a test may turn. */
export interface WorldOptions {
  policy?: Partial<Policy>;
  timeoutMs?: number;
  cachedWorkflowsMax?: number;
  /** false: the test starts and stops workers itself (`startWorkers`). */
  workers?: boolean;
  /** Makes another configuration of it, e.g. with an ERP that is not simulated, whose `secrets` come along. */
  configured?: (ours: Configuration) => Configuration;
  secrets?: Record<string, string>;
  /** Makes other systems of them, e.g. a PSA that cannot approve. */
  systems?: (systems: Systems) => Systems;
  /** Runs around every call of an engagement, e.g. to hold it in flight; `proceed` makes the call. */
  around?: (name: string, data: CallInput, proceed: () => Promise<unknown>) => Promise<unknown>;
}

/** Everything that a workflow test needs. Close it. */
export class World {
  private constructor(
    readonly sandboxServer: Sandbox,
    readonly sandbox: SandboxClient,
    readonly connection: Connection,
    readonly native: NativeConnection,
    readonly client: Client,
    readonly namespace: string,
    readonly dataSource: DataSource,
    readonly databaseUrl: string,
    readonly books: Books,
    readonly configuration: Configuration,
    readonly environment: Record<string, string>,
    readonly sandboxCredentials: object,
    private readonly options: WorldOptions,
  ) {}

  private stopping: (() => Promise<void>) | undefined;
  private jobs = 0;

  /** Starts everything. */
  static async start(options: WorldOptions = {}): Promise<World> {
    const secrets = sandboxSecrets(() => Math.random().toString(36).slice(2));
    const credentials = JSON.parse(secrets.sandbox.SANDBOX_CREDENTIALS ?? '{}') as object;
    const [sandboxServer, namespace, databaseUrl, connection, native] = await Promise.all([
      startSandbox({ credentials, baseMonth: BASE_MONTH }),
      freshNamespace(),
      freshDatabase(),
      testConnection(),
      testNativeConnection(),
    ]);
    const dataSource = await createDataSource(databaseUrl).initialize();
    const policy = { ...TEST_POLICY, ...options.policy };
    const ours = sandboxConfiguration({
      sandboxUrl: sandboxServer.url,
      policy,
      timeoutMs: options.timeoutMs ?? 1_000,
    });
    const world = new World(
      sandboxServer,
      sandboxClient(sandboxServer.url),
      connection,
      native,
      new Client({ connection, namespace, dataConverter }),
      namespace,
      dataSource,
      databaseUrl,
      createBooks(dataSource),
      options.configured?.(ours) ?? ours,
      { ...secrets.application, ...options.secrets },
      credentials,
      options,
    );
    if (options.workers !== false) {
      await world.startWorkers();
      // The first poll of a CRM only takes its starting point: deals won before are not ours.
      await world.job({ job: 'poll', connectionId: SANDBOX_CRM });
    }
    return world;
  }

  /** Starts the workers, on other workflow code if given; stop them with `stopWorkers`. */
  async startWorkers(bundle?: { code: string }): Promise<void> {
    const { books, configuration, client } = this;
    const ours = createSystems(configuration, this.environment, { claims: books.claims });
    const systems = this.options.systems?.(ours) ?? ours;
    const workers = await createWorkers({
      connection: this.native,
      namespace: this.namespace,
      workflows: { workflowBundle: bundle ?? (await workflowBundle()) },
      activities: this.wrapped(createActivities({ systems, books, configuration })),
      connectionActivities: createConnectionActivities({
        systems,
        books,
        configuration,
        dispatcher: createDispatcher(client, configuration, books),
      }),
      ...(this.options.cachedWorkflowsMax === undefined ? {} : { cachedWorkflowsMax: this.options.cachedWorkflowsMax }),
      graceMs: 2_000,
    });
    const running = workers.run();
    this.stopping = async () => {
      workers.shutdown();
      await running;
    };
  }

  private wrapped(activities: Activities): object {
    const { around } = this.options;
    if (!around) return activities;
    type Called = (envelope: Envelope<CallInput>) => Promise<unknown>;
    const entries = Object.entries(activities as unknown as Record<string, Called>);
    return Object.fromEntries(
      entries.map(([name, call]): [string, Called] => [
        name,
        (envelope) => around(name, envelope.data, () => call(envelope)),
      ]),
    );
  }

  /** Stops the workers and waits for them. */
  async stopWorkers(): Promise<void> {
    await this.stopping?.();
    this.stopping = undefined;
  }

  /** Starts one job of a connection. */
  startJob(job: ConnectionJob): Promise<WorkflowHandle> {
    this.jobs += 1;
    const workflowId = `test-job-${String(this.jobs)}`;
    return this.client.workflow.start(CONNECTION_JOB, { taskQueue: CONNECTIONS_TASK_QUEUE, workflowId, args: [job] });
  }

  /** Runs one job of a connection to its end. */
  async job(job: ConnectionJob): Promise<void> {
    await (await this.startJob(job)).result();
  }

  /** Closes a deal in the CRM and has the change read; resolves with the engagement's workflow. */
  async closeDeal(dealId: string): Promise<WorkflowHandle> {
    await this.sandbox.act('close-deal', { dealId });
    await this.job({ job: 'poll', connectionId: SANDBOX_CRM });
    return this.handle(dealId);
  }

  /** The workflow of a deal's engagement. */
  handle(dealId: string): WorkflowHandle {
    return this.client.workflow.getHandle(engagementWorkflowId(SANDBOX_CRM, dealId));
  }

  /** Where the engagement stands. */
  look(dealId: string): Promise<EngagementSnapshot> {
    return this.handle(dealId).query(snapshot);
  }

  /** Waits for a snapshot that satisfies the condition; fails with the last one seen. */
  async until(dealId: string, what: string, holds: (seen: EngagementSnapshot) => boolean): Promise<EngagementSnapshot> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const seen = await this.look(dealId);
      if (holds(seen)) return seen;
      if (Date.now() > giveUpAt) {
        const { stage, sagas, approvals, attention } = seen.state;
        throw new Error(
          `${dealId} never was ${what}: ${JSON.stringify({ stage, sagas, approvals, attention }, undefined, 1)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  /** Approves or rejects what is pending of a kind, once it is. */
  async decidePending(
    dealId: string,
    kind: 'activation' | 'invoice',
    verdict: 'approve' | 'reject' = 'approve',
    actor: Actor = person(kind === 'activation' ? 'delivery' : 'fin-approver'),
  ): Promise<void> {
    const { state } = await this.until(dealId, `waiting for approval of ${kind}`, (seen) =>
      seen.state.approvals.some((approval) => approval.kind === kind),
    );
    const approval = state.approvals.find((candidate) => candidate.kind === kind);
    if (!approval) throw new Error('unreachable');
    const { approvalId, versionHash } = approval;
    const updateId = `${approvalId}-${verdict}`;
    const decision = { updateId, actor, reason: verdict === 'reject' ? 'not as agreed' : null };
    await this.handle(dealId).executeUpdate(decide, {
      updateId,
      args: [{ ...decision, command: { type: verdict, approvalId, versionHash } }],
    });
  }

  /**
   * Retries a parked or blocked saga. In the moment of a probe there is nothing to retry: the person asks again while
   * the obstacle is still shown.
   */
  async retry(dealId: string, sagaId: string, actor: Actor = person('ops')): Promise<void> {
    for (;;) {
      const updateId = `retry-${sagaId}-${String(Date.now())}`;
      const decision = { updateId, actor, reason: 'repaired', command: { type: 'retry' as const, sagaId } };
      try {
        await this.handle(dealId).executeUpdate(decide, { updateId, args: [decision] });
        return;
      } catch (error) {
        const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
        if (!(cause instanceof ApplicationFailure) || cause.type !== 'NOTHING_TO_RETRY') throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
        const { state } = await this.handle(dealId).query(snapshot);
        const saga = state.sagas.find(({ id }) => id === sagaId);
        if (saga?.status !== 'running' && saga?.status !== 'undoing') return; // The probe itself has succeeded.
      }
    }
  }

  /** Moves the engagement to the start of a day (UTC) and a little beyond. */
  advance(dealId: string, date: string): Promise<number> {
    const target = Date.parse(`${date}T12:00:00Z`);
    return advanceTo(this.connection, this.namespace, engagementWorkflowId(SANDBOX_CRM, dealId), target);
  }

  /** The engagement's own time, milliseconds. */
  now(dealId: string): Promise<number> {
    return virtualNow(this.connection, this.namespace, engagementWorkflowId(SANDBOX_CRM, dealId));
  }

  /** Closes a deal and sets its engagement up until it is active. */
  async activate(dealId: string): Promise<EngagementSnapshot> {
    await this.closeDeal(dealId);
    await this.decidePending(dealId, 'activation');
    return this.until(dealId, 'active', ({ state }) => state.stage === 'active');
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.stopWorkers();
    await this.dataSource.destroy();
    await this.sandboxServer.close();
    await this.connection.close();
    await this.native.close();
  }
}
