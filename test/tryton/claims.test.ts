// Workers that share nothing but the claims in PostgreSQL, on a real Tryton, which would make a second record of every
// key (ADR 0015). What is there is counted with the sessions of people.
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Claims } from '../../adapters/ports/claims.ts';
import { AdapterError } from '../../adapters/ports/index.ts';
import { createTrytonPsa } from '../../adapters/tryton/psa.ts';
import { createBooks } from '../../persistence/books.ts';
import { createDataSource } from '../../persistence/data-source.ts';
import type { TrytonSession } from '../../scripts/tryton/rpc.ts';
import { freshDatabase } from '../support/database.ts';
import {
  contractOrder,
  context,
  errorOf,
  germanCustomer,
  invoiceOrder,
  journalOrder,
  startGround,
  type Ground,
  type Row,
} from './erp-support.ts';
import { order as projectOrder } from './psa-support.ts';

const CALL_MS = 60_000;

let ground: Ground;
let lead: TrytonSession;
let germany: { customerId: string; companyId: string };
/** Of each worker. */
let sources: DataSource[];

beforeAll(async () => {
  ground = await startGround();
  lead = await ground.as('project-lead');
  const companyId = ground.company('TL-DE');
  const customerId = await ground.erp.putCustomer(ground.newKey('customer'), germanCustomer(companyId), context);
  germany = { customerId, companyId };
  const url = await freshDatabase();
  sources = await Promise.all(Array.from({ length: 2 }, () => createDataSource(url).initialize()));
});
afterAll(async () => {
  await Promise.all((sources ?? []).map((source) => source.destroy()));
  await ground?.tryton.stop();
});

/** Claims of a worker; all of them are in one database. */
function claimsOf(worker: number): Claims {
  const source = sources[worker % sources.length];
  if (source === undefined) throw new Error('there is no worker');
  return createBooks(source).claims;
}

function psa(shared: { claims?: Claims }) {
  const { tryton } = ground;
  return createTrytonPsa(
    {
      ...{ connectionId: 'tr-psa', capability: 'psa', vendor: 'tryton', baseUrl: tryton.url },
      ...{ credentialsVariable: 'TRYTON', timeoutMs: CALL_MS },
    },
    {
      ...{ database: tryton.database, login: 'throughline', company: 'TL-DE' },
      password: tryton.passwords['throughline'] ?? '',
    },
    () => undefined,
    shared.claims,
  );
}

interface Kind {
  connectionId: string;
  /** A worker with ports of its own; what it makes under a key, as the id that Tryton gave. */
  worker: (shared: { claims?: Claims }) => (key: string) => Promise<string>;
  /** What is there, whatever its state. */
  there: (key: string) => Promise<Row[]>;
}

const KINDS: Record<string, Kind> = {
  contract: {
    connectionId: 'tr-main',
    worker: (shared) => {
      const erp = ground.another(shared);
      return (key) => erp.createContract(key, contractOrder(germany), context);
    },
    there: (key) => ground.rows('sale.sale', [['reference', '=', key]], ['state']),
  },
  invoice: {
    connectionId: 'tr-main',
    worker: (shared) => {
      const erp = ground.another(shared);
      return async (key) => (await erp.createInvoice(key, invoiceOrder(germany), context)).invoiceId;
    },
    there: (key) => ground.rows('account.invoice', [['reference', '=', key]], ['state']),
  },
  journal: {
    connectionId: 'tr-main',
    worker: (shared) => {
      const erp = ground.another(shared);
      return async (key) => (await erp.createJournal(key, journalOrder(germany.companyId), context)).journalId;
    },
    there: (key) => ground.rows('account.move', [['description', '=', key]], ['state']),
  },
  project: {
    connectionId: 'tr-psa',
    worker: (shared) => {
      const port = psa(shared);
      return async (key) => (await port.createProject(key, projectOrder(), context)).projectId;
    },
    there: async (key) => {
      const domain = [['type', '=', 'project']];
      const found = await lead.model<Row[]>('project.work', 'search_read', [domain, 0, null, null, ['comment']]);
      return found.filter(({ comment }) => String(comment).split('\n').includes(`key: ${key}`));
    },
  },
};

describe.each(Object.entries(KINDS))('one %s', (name, { connectionId, worker, there }) => {
  test('comes of eight that workers ask for at once; who loses has that one, or comes again', async () => {
    const key = ground.newKey(name);
    const workers = Array.from({ length: 8 }, (_, n) => worker({ claims: claimsOf(n) }));
    const outcomes = await Promise.allSettled(workers.map((create) => create(key)));
    const ids = new Set(outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
    expect(ids.size).toBe(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(kindOf(outcome.reason)).toBe('unavailable');
    expect(await there(key)).toHaveLength(1);
    for (const create of workers) ids.add(await create(key));
    expect(ids.size).toBe(1);
    expect(await there(key)).toHaveLength(1);
  });

  test('comes of a worker that died before its request arrived, as soon as that cannot arrive any more', async () => {
    const key = ground.newKey(name);
    const forMs = 4_000;
    expect(await claimsOf(0).take({ connectionId, key, forMs })).toHaveProperty('token');
    const create = worker({ claims: claimsOf(1) });
    const early = await errorOf(create(key));
    expect([early.kind, early.message]).toEqual(['unavailable', expect.stringContaining('not sent again')]);
    expect(early.retryAfterMs).toBeGreaterThan(0);
    expect(early.retryAfterMs).toBeLessThanOrEqual(forMs);
    expect(await there(key)).toEqual([]);
    await delay(early.retryAfterMs ?? forMs);
    const id = await create(key);
    expect(await create(key)).toBe(id);
    expect(await there(key)).toHaveLength(1);
  });

  test('comes of a worker that died and whose request arrives late: it is found and gone on with', async () => {
    const key = ground.newKey(name);
    await claimsOf(0).take({ connectionId, key, forMs: 300_000 });
    const create = worker({ claims: claimsOf(1) });
    expect((await errorOf(create(key))).kind).toBe('unavailable');
    const late = await worker({})(key); // What the dead worker sent, by a port that knows of no claim.
    expect(await create(key)).toBe(late);
    expect(await there(key)).toHaveLength(1);
  });
});

const kindOf = (reason: unknown): unknown => (reason instanceof AdapterError ? reason.kind : reason);
