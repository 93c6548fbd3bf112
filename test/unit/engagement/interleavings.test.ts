/**
 * Whatever happens in whatever order: the invariants hold after every fact (the simulated world checks them), nobody
 * waits silently, and once systems answer and people do what they are asked, every engagement ends, with nothing lost
 * or
 * doubled.
 */
import fc from 'fast-check';
import { isOver } from '../../../domain/engagement/agenda.ts';
import { type CallName, SAGAS } from '../../../domain/engagement/sagas.ts';
import { fixedFee, mixed, PREPARER, retainerInAdvance, timeAndMaterials, twoEntities } from './contracts.ts';
import { type Fault, World } from './world.ts';

const DAY_MS = 86_400_000;
const DEALS = { timeAndMaterials, fixedFee, retainerInAdvance, mixed, twoEntities };

/** What may come from outside at any moment. */
const ACTS = {
  approve: (world: World) => void (world.state.approvals[0] && world.approve(world.state.approvals[0])),
  reject: (world: World) => void (world.state.approvals[0] && world.approve(world.state.approvals[0], 'reject')),
  retry: (world: World) => world.state.sagas.forEach((saga) => void world.retry(saga)),
  redraft: (world: World) =>
    world.state.sagas.forEach(({ id }) => void world.decide(PREPARER, { type: 'redraft', sagaId: id })),
  cancel: (world: World) => void world.cancel(),
  reopen: (world: World) => world.tell('dealReopened'),
  lose: (world: World) => world.tell('dealLost'),
  win: (world: World) => world.tell('dealWon'),
  change: (world: World) => world.tell('dealChanged'),
  firstTime: (world: World) => world.tell('firstTimeApproved', 'project:1'),
  start: (world: World) => world.milestone('m1', 'milestoneStarted'),
  accept: (world: World) => world.milestone('m1', 'milestoneAccepted'),
  refuse: (world: World) => world.milestone('m1', 'milestoneRejected'),
  acceptOther: (world: World) => world.milestone('m2', 'milestoneAccepted'),
  work: (world: World) => world.outside.work(new Date(world.now).toISOString().slice(0, 10), 5_000),
  payPart: (world: World) => payFirst(world, (unpaid) => Math.floor(unpaid / 2)),
  payAll: (world: World) => payFirst(world, () => 0),
  payBack: (world: World) => payFirst(world, (unpaid) => unpaid + 100),
  nothing: () => undefined,
} satisfies Record<string, (world: World) => void>;
type Act = keyof typeof ACTS;

function payFirst(world: World, rest: (unpaidMinor: number) => number): void {
  const invoice = world.state.invoices.find(({ state }) => state !== 'void' && state !== 'paid');
  if (invoice) world.payment(invoice, rest(invoice.unpaidMinor));
}

const calls = [
  ...new Set(
    Object.values(SAGAS).flatMap((rows) =>
      rows.flatMap((row) => [row.prepare, row.do, row.verify, row.undo, row.lookUp]),
    ),
  ),
].filter((call): call is CallName => call !== undefined && call !== 'keep');

const fault: fc.Arbitrary<Fault & { call: CallName }> = fc.record({
  call: fc.constantFrom(...calls),
  kind: fc.constantFrom('outage', 'unknown', 'refused'),
  after: fc.boolean(),
  times: fc.integer({ min: 1, max: 4 }),
});
const acts = Object.keys(ACTS) as Act[];
const plan = fc.record({
  name: fc.constantFrom(...(Object.keys(DEALS) as (keyof typeof DEALS)[])),
  byCommand: fc.boolean(),
  faults: fc.array(fault, { maxLength: 6 }),
  inboxFaults: fc.nat(3),
  /** Days after the start from which another ERP serves the legal entities. */
  movesAfter: fc.option(fc.nat(60)),
  /** An act, and how many facts pass before it. Approvals are frequent, or nothing would get far. */
  script: fc.array(
    fc.record({
      gap: fc.nat(12),
      act: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Act>('approve') },
        { weight: 3, arbitrary: fc.constantFrom(...acts) },
      ),
    }),
    { maxLength: 25 },
  ),
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** Plays a plan up to two months; every act also has its turn when nothing happens by itself. */
function play({ name, byCommand, faults, inboxFaults, movesAfter, script }: Plan): World {
  const world = new World(DEALS[name], byCommand);
  const movesAt = new Date(world.now + (movesAfter ?? 0) * DAY_MS).toISOString().slice(0, 10);
  world.outside.move = movesAfter === null ? null : { from: 'ns-main', to: 'ns-two', on: movesAt };
  for (const { call, ...each } of faults) world.fail(call, each);
  world.inboxFault = { kind: 'outage', times: inboxFaults };
  world.outside.work('2026-01-20', 10_000);
  const left = [...script];
  let facts = 0;
  world.afterFact = () => {
    const next = left[0];
    if (!next || facts++ < next.gap) return;
    facts = 0;
    left.shift();
    ACTS[next.act](world);
  };
  const speak = (): void => {
    const next = left.shift();
    if (next) ACTS[next.act](world);
  };
  world.advanceTo(world.now + 60 * DAY_MS, speak);
  while (left.length > 0) {
    speak();
    world.run();
  }
  world.afterFact = null;
  return world;
}

/** Systems answer, people do what they are asked, the customer accepts and pays. */
function help(world: World): World {
  world.heal();
  for (let round = 0; round < 60 && !isOver(world.state); round += 1) {
    world.tell('dealWon');
    for (const milestone of world.state.stage === 'active' ? world.state.milestones : []) {
      const isDone = milestone.state === 'invoiced' && world.outside.accepted.has(milestone.milestoneId);
      if (!isDone) world.milestone(milestone.milestoneId, 'milestoneAccepted');
    }
    world.run();
    for (const saga of world.state.sagas) if (saga.parked) world.retry(saga);
    world.run();
    world.approveAll();
    for (const invoice of world.state.invoices)
      if (invoice.state === 'posted' || invoice.state === 'part-paid') world.payment(invoice, 0);
    world.advanceTo(world.now + 30 * DAY_MS);
  }
  return world;
}

test('every interleaving keeps the invariants, and with help every engagement ends', () => {
  fc.assert(
    fc.property(plan, (each) => {
      const world = help(play(each));
      expect(['closed', 'cancelled']).toContain(world.state.stage);
      const twice = [...world.outside.effects.values()].filter((effect) => effect.made > 1);
      expect(twice).toEqual([]);
      if (world.state.stage === 'cancelled') {
        expect(world.outside.undoable()).toEqual([]);
        expect(world.state.invoices.every(({ state }) => state === 'void')).toBe(true);
        return;
      }
      const { contract, invoices, groups } = world.state;
      expect(contract).not.toBeNull();
      expect(world.outside.live('postErpInvoice')).toHaveLength(
        invoices.filter(({ state }) => state === 'paid').length,
      );
      expect(world.outside.billables.filter((item) => item.invoiceId === null)).toEqual([]);
      expect(groups.map(({ paid }) => paid)).toEqual(groups.map(({ billed }) => billed));
    }),
    { numRuns: 100 },
  );
}, 120_000);
