/**
 * The worker process is killed at 20 points of an engagement's life: before a write's effect, after the effect and
 * before its answer, and between calls, in set-up, undo, set-up again, revenue, billing and reports; once with every
 * run renewed on the way, once without. Afterwards each effect is in the systems exactly once, and our books are
 * theirs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { renew } from '../../workflows/engagement/contract.ts';
import { testAddress } from '../support/temporal.ts';
import { workflowBundle, World } from '../support/world.ts';

const DEAL = '006TL00000000001AA';
const WORKER = join(process.cwd(), 'dist', 'test', 'torture', 'worker-process.js');

/** When the process dies, seen from the next write that it makes. */
type Point = 'before' | 'after' | 'between';

/** A worker process that dies and is started again. */
class Victim {
  kills = 0;
  private readonly home = mkdtempSync(join(tmpdir(), 'throughline-victim-'));
  private child: ChildProcess | undefined;

  constructor(private readonly world: World) {
    writeFileSync(join(this.home, 'configuration.json'), JSON.stringify(world.configuration));
  }

  async start(): Promise<void> {
    const { codePath } = await workflowBundle();
    const { databaseUrl, namespace, environment } = this.world;
    const child = spawn(process.execPath, [WORKER], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...environment,
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: testAddress(),
        TEMPORAL_NAMESPACE: namespace,
        THROUGHLINE_CONFIG: join(this.home, 'configuration.json'),
        WORKFLOW_BUNDLE: codePath,
      },
    });
    this.child = child;
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the worker process did not start')));
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined); // From here on its end is meant.
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) throw new Error('the worker died before it was killed');
    const dead = once(child, 'exit');
    child.kill('SIGKILL');
    await dead;
  }

  /** Kills the process at these points, one after the other, each at the next write that is not yet made. */
  async killAt(points: readonly Point[]): Promise<void> {
    for (const point of points) {
      await this.reached(point);
      await this.kill();
      this.kills += 1;
      await this.start();
    }
  }

  private async reached(point: Point): Promise<void> {
    const { sandbox, sandboxServer } = this.world;
    const giveUpAt = Date.now() + 40_000;
    if (point === 'between') {
      const known = (await sandbox.journal()).at(-1)?.sequence ?? 0;
      while (!(await sandbox.journal(known)).some(({ operation }) => !operation.startsWith('ACTION')))
        await this.again(giveUpAt, point);
      return;
    }
    const { id } = await sandbox.fault({ operation: '*', writesOnly: true, fault: `fail-${point}`, mode: 'hang' });
    for (;;) {
      const response = await fetch(`${sandboxServer.url}/_sandbox/faults`);
      const { faults } = (await response.json()) as { faults: { id: string; hits: number }[] };
      if (faults.some((fault) => fault.id === id && fault.hits > 0)) return;
      await this.again(giveUpAt, point);
    }
  }

  private async again(giveUpAt: number, point: Point): Promise<void> {
    if (Date.now() > giveUpAt)
      throw new Error(`no write to be killed at (${point}), after ${String(this.kills)} kills`);
    await delay(5);
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** One life with its deaths: the points of each part. */
interface Life {
  renewed: boolean;
  setUp: Point[];
  undo: Point[];
  setUpAgain: Point[];
  month: Point[];
  posting: Point[];
  report: Point[];
  payment: Point[];
}

const LIVES: readonly Life[] = [
  {
    renewed: true,
    setUp: ['after', 'before', 'between'],
    undo: ['after', 'between'],
    setUpAgain: ['before'],
    month: ['after'],
    posting: ['after'],
    report: ['between'],
    payment: ['before'],
  },
  {
    renewed: false,
    setUp: ['before', 'after', 'after'],
    undo: ['before', 'after'],
    setUpAgain: ['between'],
    month: ['before'],
    posting: ['before', 'after'],
    report: [],
    payment: ['after'],
  },
];

async function play(world: World, victim: Victim, life: Life): Promise<void> {
  const job = (connectionId: string): Promise<void> => world.job({ job: 'poll', connectionId });
  const reports = [SANDBOX_CRM, 'kt-main'].map((connectionId) => ({ job: 'reports', connectionId }) as const);
  const report = (): Promise<unknown> => Promise.all(reports.map((each) => world.job(each)));
  /** The worker dies while it reports; the next run of the schedule does not wait for the one that died. */
  async function reportUnderFire(points: readonly Point[]): Promise<void> {
    const killed = victim.killAt(points);
    await delay(100); // Until the fault waits for the first write.
    await Promise.all(reports.map((each) => world.startJob(each)));
    await killed;
    await report();
  }
  const renewal = async (): Promise<void> => {
    if (life.renewed) await world.handle(DEAL).signal(renew);
  };
  await victim.start();
  await job(SANDBOX_CRM);
  await world.sandbox.act('close-deal', { dealId: DEAL });
  await Promise.all([job(SANDBOX_CRM), victim.killAt(life.setUp)]);
  await renewal();

  await world.until(DEAL, 'ready', ({ state }) => state.stage === 'ready');
  const undone = victim.killAt(life.undo);
  await world.decidePending(DEAL, 'activation', 'reject');
  await renewal();
  await undone;
  const { state } = await world.until(DEAL, 'undone', (seen) => seen.state.stage === 'parked');
  const again = victim.killAt(life.setUpAgain);
  await world.retry(DEAL, state.sagas[0]?.id ?? '');
  await again;
  await world.decidePending(DEAL, 'activation');
  const active = await world.until(DEAL, 'active', (seen) => seen.state.stage === 'active');
  await renewal();

  const workspaceId = active.state.entities[0]?.refs.projectId;
  const work = { workspaceId, status: 'approved', userId: '101', role: 'Principal', date: '2031-01-13', minutes: 600 };
  await world.sandbox.act('log-time', { entries: [work] });
  await job('kt-main');
  const monthEnd = victim.killAt(life.month);
  await world.advance(DEAL, '2031-02-01');
  await monthEnd;
  await world.until(DEAL, 'asking for approval', (seen) => seen.state.approvals.length === 1);
  await renewal();

  const posted = victim.killAt(life.posting);
  await world.decidePending(DEAL, 'invoice');
  await posted;
  const billed = await world.until(DEAL, 'billed', (seen) => seen.state.sagas.every(({ status }) => status === 'done'));
  await reportUnderFire(life.report);
  await renewal();
  await world.sandbox.act('pay-invoice', { invoiceId: billed.state.invoices[0]?.erpRef, paidOn: '2031-02-20' });
  await job('ns-main');
  await world.until(DEAL, 'paid', (seen) => {
    return seen.state.invoices[0]?.state === 'paid' && seen.state.sagas.every(({ status }) => status === 'done');
  });
  await reportUnderFire(life.payment);
}

/** Everything once in the systems, and our books are theirs. 10 h x 180.00 = 1,800.00; VAT 20 % = 360.00; 2,160.00. */
async function expectOnce(world: World): Promise<void> {
  const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
  const journal = (await world.sandbox.journal()).filter(({ operation }) => !operation.startsWith('ACTION'));
  const created = journal.filter(
    ({ effect, objectType }) => effect === 'created' && objectType !== 'external_references',
  );
  // Tasks and demands carry the contract's keys, which are unique within their project.
  const keys = created.map(({ system, objectType, key, objectId, object }) => {
    const project = typeof object.workspace_id === 'string' ? object.workspace_id : '';
    return `${system} ${objectType} ${project} ${key ?? objectId}`;
  });
  expect(keys).toEqual([...new Set(keys)]);
  const count = (type: string): number => created.filter(({ objectType }) => objectType === type).length;
  // Set up twice, the first was undone; the customer is put back into use.
  expect({ projects: count('workspaces'), contracts: count('salesOrder') }).toEqual({ projects: 2, contracts: 2 });
  expect({ customers: count('customer'), invoices: count('invoice'), journals: count('journalEntry') }).toEqual({
    customers: 1,
    invoices: 1,
    journals: 1,
  });
  const alive = (await world.sandbox.objects('kantata', 'workspaces')).filter(({ object }) => object.archived !== true);
  expect(alive).toHaveLength(1);
  const { state, summary } = await world.look(DEAL);
  expect(summary).toMatchObject({ stage: 'active', obstacles: [], blockedBy: null, parkedReason: null });
  expect(summary).toMatchObject({ billed: [gbp(216_000)], paid: [gbp(216_000)], recognised: [gbp(180_000)] });
  const [inErp] = await world.sandbox.objects('netsuite', 'invoice');
  expect(inErp).toMatchObject({
    id: state.invoices[0]?.erpRef,
    object: { subtotal: 1_800, taxTotal: 360, total: 2_160 },
  });
  const [deal] = (await world.sandbox.objects('salesforce', 'Opportunity')).filter(({ id }) => id === DEAL);
  expect(deal?.object).toMatchObject({ Throughline_Billed__c: 2_160, Throughline_Paid__c: 2_160 });
  const rows = async (statement: string): Promise<unknown> => world.dataSource.query(statement);
  expect(await rows('SELECT count(*)::int AS n FROM invoice')).toEqual([{ n: 1 }]);
  expect(await rows('SELECT count(*)::int AS n FROM payment')).toEqual([{ n: 1 }]);
  expect(await rows(`SELECT count(*)::int AS n FROM inbox WHERE status IN ('received', 'dispatched', 'dead')`)).toEqual(
    [{ n: 0 }],
  );
}

describe('killed worker processes', () => {
  test('20 deaths in two lives: each effect once, books equal', async () => {
    const lives = LIVES.map(async (life) => {
      const world = await World.start({ workers: false, policy: { firstAttemptMs: 2_000 } });
      const victim = new Victim(world);
      try {
        await play(world, victim, life);
        await expectOnce(world);
        return victim.kills;
      } finally {
        await victim.close();
        await world.close();
      }
    });
    const outcomes = await Promise.allSettled(lives);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n\n'));
    const kills = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 0));
    expect(kills).toEqual([10, 10]);
  }, 240_000);
});
