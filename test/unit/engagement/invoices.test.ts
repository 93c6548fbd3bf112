/** The life of an invoice between draft and money: rejected, refused by the ERP, of unknown fate, paid in parts. */
import type { InvoiceState } from '../../../domain/lifecycle.ts';
import type { InvoiceSummary } from '../../../domain/engagement/state.ts';
import { obstacles } from '../../../domain/engagement/view.ts';
import {
  APPROVER,
  deal,
  DELIVERY,
  fixedFee,
  instant,
  OPS,
  PREPARER,
  retainerInAdvance,
  timeAndMaterials,
} from './contracts.ts';
import type { Since } from '../../../domain/engagement/start.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;

/** An engagement whose first invoice over 1,200.00 GBP waits for approval. */
function drafted(since?: Since): World {
  const world = new World(retainerInAdvance, false, since).activate();
  expect(states(world)).toEqual(['in-approval']);
  return world;
}

function posted(): World {
  const world = drafted();
  world.approveAll();
  expect(states(world)).toEqual(['posted']);
  return world;
}

function states(world: World): InvoiceState[] {
  return world.state.invoices.map(({ state }) => state);
}

function first(world: World): InvoiceSummary {
  const [invoice] = world.state.invoices;
  if (!invoice) throw new Error('no invoice');
  return invoice;
}

describe('a rejected draft', () => {
  test('waits for finance, whose retry voids it and drafts the same work again under a new number', () => {
    const world = drafted();
    expect(world.approve(world.approval(), 'reject')).toBe('rejected');
    world.run();
    expect(states(world)).toEqual(['draft']);
    expect(world.saga('billing').parked).toMatchObject({ reason: 'INVOICE_REJECTED', ownerRole: 'fin-preparer' });
    expect(world.retry(world.saga('billing'))).toBe('retrying');
    world.run();
    expect(states(world)).toEqual(['void', 'in-approval']);
    const [before, after] = world.state.invoices;
    expect(after?.total).toEqual(before?.total);
    expect(after?.invoiceId).not.toBe(before?.invoiceId);
    world.approveAll();
    expect(states(world)).toEqual(['void', 'posted']);
    expect(world.outside.live('postErpInvoice')).toHaveLength(1);
  });

  test('is drafted again only when the old draft is really void, or its work would be missed', () => {
    const world = drafted().fail('voidDraftInvoice', { kind: 'outage', times: 2 });
    world.approve(world.approval(), 'reject');
    world.run();
    world.retry(world.saga('billing'));
    world.run();
    expect(states(world)).toEqual(['draft']);
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['void', 'in-approval']);
  });

  test('of a milestone is billed again too', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    world.approve(world.approval(), 'reject');
    world.retry(world.saga('billing'));
    world.run();
    expect(states(world)).toEqual(['void', 'in-approval']);
    world.approveAll();
    expect(world.state.milestones[0]?.state).toBe('invoiced');
  });

  test('of a month long past does not bill the months after it a second time', () => {
    const world = drafted();
    world.approve(world.approval(), 'reject');
    world.advanceTo('2026-03-02', () => world.approveAll());
    expect(states(world)).toEqual(['draft', 'posted', 'posted']); // 15 January rejected, 1 February, 1 March
    const nextRunOn = world.state.groups[0]?.nextRunOn;
    const runs = world.made('draftInvoice').length;
    world.retry(world.saga('billing'));
    world.run();
    expect(world.made('draftInvoice')).toHaveLength(runs + 1);
    expect(world.state.groups[0]?.nextRunOn).toBe(nextRunOn);
    expect(states(world)).toEqual(['void', 'posted', 'posted', 'in-approval']);
  });
});

describe('posting', () => {
  test('of unknown fate is looked up under the same key until it is known, and never doubled', () => {
    const world = drafted()
      .fail('postErpInvoice', { kind: 'unknown', after: true })
      .fail('postErpInvoice', { kind: 'outage' });
    world.approve();
    world.run();
    expect(states(world)).toEqual(['post-unknown']);
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['posted']);
    expect(new Set(world.made('postErpInvoice').map(({ key }) => key)).size).toBe(1);
    expect(world.made('postErpInvoice').map(({ probe }) => probe)).toEqual([false, true, true]);
    expect(world.outside.live('postErpInvoice')).toHaveLength(1);
  });

  test('with totals that differ waits for finance; their retry posts under the same key', () => {
    const world = drafted().fail('postErpInvoice', { kind: 'refused', code: 'TOTALS_DIFFER', after: true });
    world.approve();
    world.run();
    expect(states(world)).toEqual(['failed']);
    expect(world.saga('billing').parked).toMatchObject({
      reason: 'TOTALS_DIFFER',
      ownerRole: 'fin-preparer',
      allowed: ['retry', 'redraft'],
    });
    expect(world.state.groups[0]?.billed.amountMinor).toBe(0);
    expect(world.retry(world.saga('billing'))).toBe('retrying');
    world.run();
    expect(states(world)).toEqual(['posted']);
    expect(world.state.groups[0]?.billed.amountMinor).toBe(120_000); // 1,000.00 x 1.2
  });

  test('refused while its fate is unknown is a failure, too', () => {
    const world = drafted()
      .fail('postErpInvoice', { kind: 'unknown' })
      .fail('postErpInvoice', { kind: 'refused', code: 'PERIOD_CLOSED' });
    world.approve();
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['failed']);
    expect(world.saga('billing').parked).toMatchObject({ reason: 'PERIOD_CLOSED', ownerRole: 'ops' });
    expect(world.titles('parked')).toHaveLength(1);
  });

  test('begun before the connections reported: a CRM that is away delays the report and nothing else', () => {
    const world = drafted({ reportsByJob: false }).fail('reportToCrm', { kind: 'outage', times: 3 });
    world.approveAll();
    expect(states(world)).toEqual(['posted']);
    expect(world.outside.live('reportToPsa')).toEqual([]);
    world.payment(first(world), 0);
    world.run();
    // Both the invoice's report and the payment's wait, and each names the invoice's money.
    const { total } = first(world);
    expect(obstacles(world.state).map(({ kind, amount }) => [kind, amount])).toEqual([
      ['blocked', total],
      ['blocked', total],
    ]);
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['paid']);
    expect(world.outside.live('reportToPsa')).toHaveLength(2); // of the invoice, and of its payment
  });

  test('missing rates block the draft, without a trace in the invoices, until they are there', () => {
    const world = new World(timeAndMaterials).activate();
    world.outside.work('2026-01-10', 10_000);
    world.outside.draftFindings = [{ code: 'RATE_MISSING', message: 'no rate for a day', ownerRole: 'fin-preparer' }];
    world.advanceTo('2026-02-01').run();
    expect(states(world)).toEqual([]);
    expect(world.saga('billing').steps[0]?.blocked?.findings.map(({ code }) => code)).toEqual(['RATE_MISSING']);
    world.outside.draftFindings = [];
    expect(world.decide(OPS, { type: 'retry', sagaId: world.saga('billing').id })).toBe('retrying');
    world.run();
    expect(states(world)).toEqual(['in-approval']);
  });

  test('an invoice over nothing is settled as soon as it is posted, and does not keep the engagement open', () => {
    const free = deal({
      model: 'fixed-fee',
      amountMinor: 0,
      startOn: '2026-01-01',
      endOn: '2026-01-31',
      milestones: [['gift', 0]],
    });
    const world = new World(free).activate();
    world.milestone('gift', 'milestoneAccepted');
    world.advanceTo('2026-02-02', () => world.approveAll());
    expect(states(world)).toEqual(['paid']);
    expect(world.state.stage).toBe('closed');
  });
});

describe('payments', () => {
  test('in parts, told twice and stale: each part is booked once', () => {
    const world = posted();
    world.payment(first(world), 50_000, 'v2');
    world.run();
    expect(first(world)).toMatchObject({ state: 'part-paid', unpaidMinor: 50_000 });
    world.payment(first(world), 50_000, 'v2'); // told twice
    world.payment(first(world), 90_000, 'v1'); // late
    world.run();
    expect(world.outside.live('bookPayment')).toHaveLength(1);
    expect(world.state.groups[0]?.paid.amountMinor).toBe(70_000); // 1,200.00 - 500.00
    world.payment(first(world), 0, 'v3');
    world.run();
    expect(first(world)).toMatchObject({ state: 'paid', unpaidMinor: 0 });
    expect(world.state.groups[0]?.paid.amountMinor).toBe(120_000);
    expect(world.state.attention).toEqual([]);
  });

  test('two parts told before the first is booked are booked as one', () => {
    const world = posted();
    world.payment(first(world), 50_000);
    world.payment(first(world), 20_000);
    world.run();
    expect(world.outside.live('bookPayment')).toHaveLength(1);
    expect(first(world).unpaidMinor).toBe(20_000);
  });

  test('told before we know that the invoice is posted, it waits for that', () => {
    const world = drafted().fail('postErpInvoice', { kind: 'unknown', after: true });
    world.approve();
    world.run();
    world.payment(first(world), 0);
    world.run();
    expect(states(world)).toEqual(['post-unknown']);
    expect(world.made('bookPayment')).toEqual([]);
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['paid']);
  });

  test('waits until the invoice itself is in our books', () => {
    const world = drafted().fail('bookInvoice', { kind: 'outage' });
    world.approve();
    world.run();
    world.payment(first(world), 0);
    world.run();
    expect(world.made('bookPayment')).toEqual([]);
    world.advanceTo(world.now + HOUR_MS);
    const order = world.calls
      .map(({ call }) => call)
      .filter((call) => call === 'bookInvoice' || call === 'bookPayment');
    expect(order).toEqual(['bookInvoice', 'bookInvoice', 'bookPayment']);
  });

  test('taken back before it was booked, it is never booked', () => {
    const world = drafted().fail('postErpInvoice', { kind: 'unknown', after: true });
    world.approve();
    world.run();
    world.payment(first(world), 0);
    world.payment(first(world), 120_000);
    world.advanceTo(world.now + HOUR_MS);
    expect(first(world)).toMatchObject({ state: 'posted', unpaidMinor: 120_000 });
    expect(world.made('bookPayment')).toEqual([]);
  });

  test('taken back after it was booked, it is shown to finance and not unbooked by itself', () => {
    const world = posted();
    world.payment(first(world), 0);
    world.run();
    world.payment(first(world), 120_000);
    world.run();
    expect(first(world)).toMatchObject({ state: 'paid', unpaidMinor: 0 });
    expect(world.state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([
      ['PAYMENT_REVERSED', 'fin-preparer'],
    ]);
  });

  test('taken back while it is being booked, it is shown to finance', () => {
    const world = posted().fail('bookPayment', { kind: 'outage' });
    world.payment(first(world), 0);
    world.run();
    world.payment(first(world), 40_000);
    world.advanceTo(world.now + HOUR_MS);
    expect(first(world)).toMatchObject({ state: 'paid', unpaidMinor: 0 });
    expect(world.state.attention.map(({ code }) => code)).toEqual(['PAYMENT_REVERSED']);
    expect(world.state.payments).toEqual([]);
  });

  test('for an invoice of nobody is shown to finance', () => {
    const world = posted();
    world.payment({ ...first(world), invoiceId: 'inv_other' }, 0);
    world.run();
    expect(world.state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([
      ['PAYMENT_UNMATCHED', 'fin-preparer'],
    ]);
  });
});

describe('closing', () => {
  test('finds approved work that no invoice has: it is billed and paid first, then the engagement closes', () => {
    const world = new World(timeAndMaterials).activate();
    world.advanceTo('2026-03-31');
    world.now = instant('2026-04-01');
    world.during('checkCompletion', () => world.outside.work('2026-03-30', 100_000)); // approved late
    world.run();
    expect(world.state.stage).toBe('completing');
    expect(states(world)).toEqual(['in-approval']);
    expect(world.made('closePsaProject')).toEqual([]);
    world.approveAll();
    expect(world.state.stage).toBe('completing');
    world.payment(first(world), 0);
    world.run();
    expect(world.state.stage).toBe('closed');
    expect(world.state.groups[0]?.billed.amountMinor).toBe(120_000); // 1,000.00 x 1.2
  });

  test('finds work that no run can bill: it says so and asks again later instead of spinning', () => {
    const world = new World(timeAndMaterials).activate();
    world.outside.work('2026-03-30', 100_000, 'uk', 'GBP');
    world.outside.onHold = true; // above the not-to-exceed amount: every draft is empty
    world.advanceTo('2026-04-03');
    expect(world.state.stage).toBe('completing');
    expect(world.saga('completion').steps[0]?.blocked?.findings).toMatchObject([
      { code: 'UNBILLED_WORK', ownerRole: 'fin-preparer' },
    ]);
    expect(world.made('checkCompletion').length).toBeLessThan(20);
    world.outside.onHold = false; // the limit was raised
    world.advanceTo('2026-04-05', () => world.approveAll());
    world.payment(first(world), 0);
    world.advanceTo('2026-04-06');
    expect(world.state.stage).toBe('closed');
  });

  test('a PSA that refuses to close the project is shown to operations; the retry closes', () => {
    const world = new World(timeAndMaterials)
      .activate()
      .fail('closePsaProject', { kind: 'refused', code: 'OPEN_TASKS' });
    world.advanceTo('2026-04-01').run();
    expect(world.saga('completion').parked).toMatchObject({ reason: 'OPEN_TASKS', ownerRole: 'ops' });
    expect(
      [APPROVER, DELIVERY].map((actor) => world.decide(actor, { type: 'retry', sagaId: world.saga('completion').id })),
    ).toEqual(['ROLE_MISSING', 'ROLE_MISSING']);
    expect(world.decide(PREPARER, { type: 'retry', sagaId: world.saga('completion').id })).toBe('retrying');
    world.run();
    expect(world.state.stage).toBe('closed');
  });

  test('a journal that the ERP refuses stops the revenue of its entity and the closing, not the billing', () => {
    const world = new World(retainerInAdvance)
      .activate()
      .fail('postErpJournal', { kind: 'refused', code: 'PERIOD_CLOSED' });
    world.advanceTo('2026-04-02', () => world.approveAll());
    expect(states(world)).toHaveLength(4);
    expect(world.made('recogniseRevenue')).toHaveLength(1);
    expect(world.saga('revenue').parked?.reason).toBe('PERIOD_CLOSED');
    world.retry(world.saga('revenue'));
    world.run();
    expect(world.made('recogniseRevenue')).toHaveLength(3); // January, and now February and March
  });
});
