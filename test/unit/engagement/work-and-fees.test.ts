/** The pricing models from won deal to closed engagement: what is billed and recognised when, with the arithmetic. */
import type { InvoiceSummary } from '../../../domain/engagement/state.ts';
import { details } from '../../../domain/engagement/details.ts';
import { obstacles, summaryOf } from '../../../domain/engagement/view.ts';
import { fixedFee, instant, mixed, retainerInAdvance, timeAndMaterials, twoEntities } from './contracts.ts';
import { World } from './world.ts';

function invoice(world: World, index: number): InvoiceSummary {
  const found = world.state.invoices[index];
  if (!found) throw new Error(`no invoice ${String(index)}`);
  return found;
}

function totals(world: World): number[] {
  return world.state.invoices.map((each) => each.total.amountMinor);
}

function pay(world: World): void {
  for (const each of world.state.invoices) if (each.state === 'posted') world.payment(each, 0);
  world.run();
}

describe('time and materials over three months', () => {
  const world = new World(timeAndMaterials);
  world.outside.work('2026-01-10', 100_000);
  world.outside.work('2026-01-31', 50_000);
  world.outside.work('2026-03-02', 200_000);

  test('set-up stops for the activation, and nothing is billed before', () => {
    world.run();
    expect(world.state.stage).toBe('ready');
    expect(world.approval().kind).toBe('activation');
    world.approve();
    world.run();
    expect(world.state.stage).toBe('active');
    expect(world.state.invoices).toEqual([]);
  });

  test('January is recognised and drafted on 1 February, in this order', () => {
    world.advanceTo('2026-02-01').run();
    expect(totals(world)).toEqual([180_000]); // (1,000.00 + 500.00) x 1.2
    expect(world.state.entities[0]?.recognised).toEqual([{ amountMinor: 150_000, currency: 'GBP' }]);
    const order = world.calls.filter(({ call }) => call === 'recogniseRevenue' || call === 'draftInvoice');
    expect(order.map(({ call }) => call)).toEqual(['recogniseRevenue', 'draftInvoice']);
    expect(invoice(world, 0).state).toBe('in-approval');
  });

  test('the approved invoice is posted and booked, and the only way is forward', () => {
    world.approveAll();
    expect(invoice(world, 0).state).toBe('posted');
    expect(world.state.pastNoReturn).toBe(true);
    expect(world.outside.live('bookInvoice')).toHaveLength(1);
    expect(world.outside.live('reportToCrm')).toEqual([]); // a job of the connection reports
  });

  test('a month without work has neither invoice nor revenue', () => {
    world.advanceTo('2026-03-02').run();
    expect(totals(world)).toEqual([180_000]);
    expect(world.state.groups[0]?.nextRunOn).toBe('2026-04-01');
  });

  test('after the last month it waits for the money, then closes everywhere', () => {
    world.advanceTo('2026-04-01').run();
    world.approveAll();
    expect(totals(world)).toEqual([180_000, 240_000]); // 2,000.00 x 1.2
    expect(world.state.stage).toBe('active');
    pay(world);
    expect(world.state.stage).toBe('closed');
    expect(world.outside.live('closePsaProject')).toHaveLength(1);
    const { billed, paid, recognised } = summaryOf(world.state, world.now);
    expect(billed).toEqual([{ amountMinor: 420_000, currency: 'GBP' }]); // 1,800.00 + 2,400.00
    expect(paid).toEqual(billed);
    expect(recognised).toEqual([{ amountMinor: 350_000, currency: 'GBP' }]); // 1,000.00 + 500.00 + 2,000.00
  });
});

describe('fixed fee with two milestones', () => {
  test('a milestone is billed when it is accepted, whatever states the PSA skipped', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    expect(totals(world)).toEqual([2_400_000]); // 20,000.00 x 1.2
    world.approveAll();
    expect(world.state.milestones.map(({ state }) => state)).toEqual(['invoiced', 'planned']);
  });

  test('a rejected milestone is not billed until it is delivered again and accepted', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m2', 'milestoneRejected'); // in progress and delivered were skipped
    world.run();
    expect(world.state.milestones[1]?.state).toBe('rejected');
    expect(world.state.invoices).toEqual([]);
    world.milestone('m2', 'milestoneStarted');
    world.milestone('m2', 'milestoneDelivered');
    world.run();
    expect(world.state.milestones[1]?.state).toBe('delivered');
    world.milestone('m2', 'milestoneAccepted');
    world.run();
    expect(totals(world)).toEqual([4_800_000]); // 40,000.00 x 1.2
  });

  test('two milestones accepted at once are one invoice, accepted apart two', () => {
    const together = new World(fixedFee).activate();
    together.milestone('m1', 'milestoneAccepted');
    together.milestone('m2', 'milestoneAccepted');
    together.run();
    expect(totals(together)).toEqual([7_200_000]); // (20,000.00 + 40,000.00) x 1.2
    const apart = new World(fixedFee).activate();
    for (const id of ['m1', 'm2']) {
      apart.milestone(id, 'milestoneAccepted');
      apart.run();
    }
    expect(totals(apart)).toEqual([2_400_000, 4_800_000]);
  });

  test('a milestone that goes back after acceptance is shown to finance and not unbilled by itself', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    world.milestone('m1', 'milestoneRejected');
    world.run();
    expect(world.state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([
      ['MILESTONE_OUT_OF_ORDER', 'fin-preparer'],
    ]);
    expect(world.state.milestones[0]?.state).toBe('ready-to-invoice');
  });

  test('a newer copy of an accepted milestone is no news', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    world.approveAll();
    world.milestone('m1', 'milestoneAccepted'); // somebody edited its description
    world.run();
    expect(world.state.attention).toEqual([]);
    expect(totals(world)).toEqual([2_400_000]);
  });

  test('a milestone that the contract does not have is shown to delivery', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m9', 'milestoneAccepted');
    world.run();
    expect(world.state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([
      ['MILESTONE_UNKNOWN', 'delivery'],
    ]);
  });

  // Until now the last month of the contract was the last month of revenue, and the engagement closed with the payment.
  // Revenue follows progress, not the calendar: the months go on until the last milestone is accepted.
  test('after the end it names the open milestone, and closes when the month of acceptance is over', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneAccepted');
    world.advanceTo('2026-03-01', () => world.approveAll()).run();
    pay(world);
    const waiting = obstacles(world.state);
    expect(waiting).toMatchObject([
      { kind: 'blocked', code: 'MILESTONES_OPEN', ownerRole: 'delivery', amount: { amountMinor: 4_000_000 } },
    ]);
    expect(waiting[0]?.message).toMatch(/^"Milestone m2" not accepted/);
    expect(details(world.state, world.now)).toContain('Waits: "Milestone m2" not accepted');
    world.advanceTo('2026-05-20');
    expect(world.made('recogniseRevenue')).toHaveLength(4); // January to April, once each
    expect(world.state).toMatchObject({ stage: 'active', entities: [{ nextRevenueMonth: '2026-05' }] });
    world.milestone('m2', 'milestoneAccepted');
    world.run();
    expect(obstacles(world.state).map(({ code }) => code)).toEqual(['APPROVAL_INVOICE']);
    world.approveAll();
    pay(world);
    expect(world.state.stage).toBe('active'); // The rest of the price is earned with the end of May.
    world.advanceTo('2026-06-01').run();
    expect(world.made('recogniseRevenue')).toHaveLength(5);
    expect(world.state.stage).toBe('closed');
  });

  test('a milestone taken back after it was billed keeps the engagement open until it is accepted again', () => {
    const world = new World(fixedFee).activate();
    for (const id of ['m1', 'm2']) world.milestone(id, 'milestoneAccepted');
    world.run();
    world.approveAll();
    pay(world);
    world.milestone('m2', 'milestoneRejected');
    world.advanceTo('2026-04-15');
    expect(world.state).toMatchObject({ stage: 'active', entities: [{ nextRevenueMonth: '2026-04' }] });
    expect(obstacles(world.state).map(({ code }) => code)).toEqual(['MILESTONE_OUT_OF_ORDER']);
    world.milestone('m2', 'milestoneAccepted');
    world.advanceTo('2026-05-01').run();
    expect(world.state.stage).toBe('closed');
  });
});

describe('retainer, 14 months in advance', () => {
  test('fourteen invoices on the first of each month, the first on the day it starts', () => {
    const world = new World(retainerInAdvance).activate();
    world.advanceTo('2027-03-01', () => world.approveAll());
    expect(totals(world)).toEqual(Array.from({ length: 14 }, () => 120_000)); // 1,000.00 x 1.2
    const days = world.made('draftInvoice').map(({ at }) => new Date(at).toISOString().slice(0, 10));
    expect(days.slice(0, 3)).toEqual(['2026-01-15', '2026-02-01', '2026-03-01']);
    expect(days.at(-1)).toBe('2027-02-01');
    expect(world.made('recogniseRevenue')).toHaveLength(14);
    world.run();
    pay(world);
    expect(world.state.stage).toBe('closed');
  });

  test('an approver who is away for two months delays neither later drafts nor revenue', () => {
    const world = new World(retainerInAdvance).activate();
    world.advanceTo('2026-03-02').run();
    expect(world.state.approvals).toHaveLength(3);
    expect(world.made('recogniseRevenue')).toHaveLength(2);
    world.approveAll();
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['posted', 'posted', 'posted']);
  });
});

describe('mixed contracts', () => {
  test('hours, an accepted milestone and a retainer in arrears of one month meet on one invoice', () => {
    const world = new World(mixed).activate();
    world.outside.work('2026-01-20', 30_000);
    world.advanceTo('2026-01-31');
    world.now = instant('2026-02-01');
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    expect(totals(world)).toEqual([756_000]); // (300.00 + 1,000.00 + 5,000.00) x 1.2
  });

  test('two entities bill in their own currency at their own midnight', () => {
    const world = new World(twoEntities).activate();
    world.outside.work('2026-01-20', 10_000);
    world.advanceTo('2026-02-01').run();
    expect(world.state.invoices.map(({ legalEntityId }) => legalEntityId)).toEqual(['uk']);
    world.advanceTo(world.now + 5 * 3_600_000).run(); // midnight at UTC-5
    expect(world.state.invoices.map(({ legalEntityId, total }) => [legalEntityId, total])).toEqual([
      ['uk', { amountMinor: 12_000, currency: 'GBP' }], // 100.00 x 1.2
      ['us', { amountMinor: 360_000, currency: 'USD' }], // 3,000.00 x 1.2
    ]);
    world.approveAll();
    pay(world);
    expect(world.state.stage).toBe('closed');
    expect(world.outside.live('closePsaProject')).toHaveLength(2);
  });
});
