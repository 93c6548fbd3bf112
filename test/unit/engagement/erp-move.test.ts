/**
 * A legal entity moves to another ERP while its engagement is under way (R67, ADR 0014): the first document of the new
 * one waits for the move, the move waits for what is on its way in the old one, and each undo goes where its step went.
 */
import { addDays } from '../../../domain/time/plain-date.ts';
import { fixedFee, retainerInAdvance, timeAndMaterials, twoEntities } from './contracts.ts';
import { World } from './world.ts';

const moveOn = (on: string) => ({ from: 'ns-main', to: 'ns-two', on });

/** The ERPs that the calls of a name went to, in order. */
function erpsOf(world: World, call: string): (string | undefined)[] {
  return world.outside.erps.filter(([name]) => name === call).map(([, erp]) => erp);
}

test('the first document in the new ERP waits for the move, and is made right after it', () => {
  const world = new World(timeAndMaterials).activate();
  world.outside.move = moveOn('2026-02-01');
  world.outside.work('2026-01-10', 10_000);
  world.advanceTo('2026-02-01');
  world.run();
  expect(world.state.invoices).toMatchObject([{ state: 'in-approval', erpConnectionId: 'ns-two' }]);
  expect(world.state.entities[0]?.refs).toMatchObject({
    erpConnectionId: 'ns-two',
    customerId: `putErpCustomer-${world.saga('erpMove').steps[0]?.key ?? ''}`,
  });
  expect(world.state.entities[0]?.moveDue).toBeUndefined();
  // January is recognised first, in the ERP of its date; then the entity moves, then the invoice is drafted.
  const order = world.calls.map(({ call }) => call);
  expect(order.lastIndexOf('recogniseRevenue')).toBeLessThan(order.indexOf('transferBalances'));
  expect(order.indexOf('postErpTransfer')).toBeLessThan(order.lastIndexOf('draftInvoice'));
  expect(erpsOf(world, 'recogniseRevenue')).toEqual(['ns-main']);
  expect(erpsOf(world, 'createErpContract')).toEqual(['ns-main', 'ns-two']);
});

test('an invoice that was drafted before the move is posted and booked in the old ERP; the move waits for it', () => {
  const world = new World(retainerInAdvance).activate();
  world.advanceTo('2026-02-01');
  world.run();
  const drafted = world.state.invoices.filter(({ state }) => state === 'in-approval');
  expect(drafted).not.toEqual([]);
  world.outside.move = moveOn('2026-02-10');
  world.advanceTo('2026-03-02');
  expect(world.state.sagas.map(({ kind }) => kind)).not.toContain('erpMove');
  expect(world.state.entities[0]?.moveDue).toEqual(moveOn('2026-02-10'));
  world.approveAll();
  expect(world.saga('erpMove').status).toBe('done');
  expect(new Set(erpsOf(world, 'postErpInvoice').slice(0, drafted.length))).toEqual(new Set(['ns-main']));
  expect(erpsOf(world, 'postErpInvoice').at(-1)).toBe('ns-two');
});

test('a payment of an invoice that the old ERP has is booked after the move like any other', () => {
  const world = new World(retainerInAdvance).activate();
  world.advanceTo('2026-01-15');
  world.approveAll();
  world.outside.move = moveOn('2026-02-01');
  world.advanceTo('2026-02-01');
  world.run();
  const [first] = world.state.invoices;
  if (!first) throw new Error('nothing was billed');
  expect(world.state.entities[0]?.refs.erpConnectionId).toBe('ns-two');
  world.payment(first, 0);
  world.run();
  expect(world.state.invoices[0]).toMatchObject({ state: 'paid', erpConnectionId: 'ns-main' });
});

test('payments of two ERPs that gave their invoices one id are told apart', () => {
  const world = new World(retainerInAdvance).activate();
  world.advanceTo('2026-02-01', () => world.approveAll());
  const [first, second] = world.state.invoices;
  if (!first || !second) throw new Error('two months were not billed');
  const paid = (invoiceId: string) => ({ invoiceId, unpaidMinor: 0, paidOn: '2026-02-05' });
  world.tell('invoicePaid', 'invoice:1001', paid(first.invoiceId), '2');
  world.tell('invoicePaid', 'invoice:1001', paid(second.invoiceId), '1'); // older, and of another invoice
  world.run();
  expect(world.state.invoices.map(({ state }) => state)).toEqual(['paid', 'paid']);
});

test('a refused step parks the move, nothing is made in the new ERP meanwhile, and a retry goes on', () => {
  const world = new World(timeAndMaterials).activate();
  world.outside.move = moveOn('2026-02-01');
  world.outside.work('2026-01-10', 10_000);
  world.fail('createErpContract', { kind: 'refused', code: 'REJECTED' });
  world.advanceTo('2026-02-03');
  expect(world.saga('erpMove').parked).toMatchObject({ reason: 'REJECTED', allowed: ['retry'] });
  expect(world.state.invoices).toEqual([]);
  world.retry(world.saga('erpMove'));
  world.run();
  expect(world.state.invoices).toMatchObject([{ erpConnectionId: 'ns-two' }]);
  expect([...world.outside.effects.values()].filter(({ made }) => made > 1)).toEqual([]);
});

test('cancelled before the point of no return, the move is undone in the new ERP and then set-up in the old', () => {
  const world = new World(retainerInAdvance);
  world.outside.move = moveOn('2026-01-15');
  world.activate(); // Its first fee is due on that very day.
  expect(world.state.invoices).toMatchObject([{ state: 'in-approval', erpConnectionId: 'ns-two' }]);
  expect(world.cancel()).toBe('cancelling');
  world.run();
  expect(world.state.stage).toBe('cancelled');
  expect(world.outside.undoable()).toEqual([]);
  expect(erpsOf(world, 'restoreErpCustomer')).toEqual(['ns-two', 'ns-main']);
  expect(erpsOf(world, 'cancelErpContract')).toEqual(['ns-two', 'ns-main']);
  expect(world.made('restoreCrmLink').map(({ key }) => key)).toEqual(
    world
      .made('writeCrmLink')
      .map(({ key }) => key)
      .reverse(),
  );
});

test('each legal entity moves by itself, with its own customer and contract', () => {
  const world = new World(twoEntities).activate();
  world.outside.move = moveOn('2026-02-01');
  world.outside.work('2026-01-10', 10_000);
  world.advanceTo('2026-02-02', () => world.approveAll());
  const moved = world.state.sagas.filter(({ kind }) => kind === 'erpMove').map(({ scope }) => scope.legalEntityIds);
  expect(moved).toHaveLength(new Set(moved.flat()).size);
  expect(moved.length).toBeGreaterThan(0);
});

test('a move that the table takes back before it began is forgotten: the document is made where it was', () => {
  const world = new World(timeAndMaterials).activate();
  world.outside.work('2026-01-10', 10_000);
  world.advanceTo('2026-02-01');
  world.run(); // An invoice of before waits for its approval.
  world.outside.move = moveOn('2026-02-01');
  world.outside.work('2026-02-10', 5_000);
  world.advanceTo('2026-03-01');
  world.run();
  expect(world.state.entities[0]?.moveDue).toBeDefined();
  world.outside.move = null;
  world.advanceTo(addDays('2026-03-01', 2));
  expect(world.state.entities[0]?.moveDue).toBeUndefined();
  world.approveAll();
  expect(world.state.sagas.map(({ kind }) => kind)).not.toContain('erpMove');
  expect(new Set(erpsOf(world, 'postErpInvoice'))).toEqual(new Set(['ns-main']));
});

test('a fixed fee moves with its first milestone in the new ERP', () => {
  const world = new World(fixedFee).activate();
  world.outside.move = moveOn('2026-01-20');
  world.advanceTo('2026-01-21');
  expect(world.state.sagas.map(({ kind }) => kind)).not.toContain('erpMove'); // No document, no move.
  world.milestone('m1', 'milestoneAccepted');
  world.run();
  expect(world.saga('erpMove').status).toBe('done');
  expect(world.state.invoices).toMatchObject([{ erpConnectionId: 'ns-two' }]);
});
