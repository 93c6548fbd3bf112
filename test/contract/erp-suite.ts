// What every ERP does for us, whichever it is: nothing here knows a vendor. Who connects another one runs this against
// the real system, or against what plays it, and adds what only that one can show.
import {
  AdapterError,
  type CallContext,
  type ContractOrder,
  type CustomerRecord,
  type ErpPort,
  type InvoiceOrder,
  type JournalOrder,
  type PaymentChange,
} from '../../adapters/ports/index.ts';

const context: CallContext = { correlationId: 'cor_suite', actorSubject: 'system:test' };

/** What people of finance do in the ERP itself, each with its own hands. Days are YYYY-MM-DD. */
export interface Finance {
  /** An amount in currency units, `1000.50`, comes in for the invoice. */
  pay: (invoiceId: string, amount: string, on: string) => Promise<void>;
  /** A credit of 100.00 without tax is made by hand and counts for the invoice; answers what it came to with tax. */
  credit: (invoiceId: string, on: string) => Promise<{ creditId: string; totalMinor: number }>;
  /** It counts for the invoice no more. */
  takeBack: (invoiceId: string, creditId: string) => Promise<void>;
}

export interface ErpUnderTest {
  /** Asked for in each test, because it is made before the first. */
  erp: () => ErpPort;
  newKey: (step: string) => string;
  customer: () => CustomerRecord;
  contractOrder: (customerId: string) => ContractOrder;
  /** Two lines, on a day whose period is open. */
  invoiceOrder: (of: { customerId: string; contractId: string }) => InvoiceOrder;
  /** Two lines that balance. */
  journalOrder: () => JournalOrder;
  finance: () => Finance;
}

export function describeErp(
  name: string,
  { erp, newKey, customer, contractOrder, invoiceOrder, journalOrder, finance }: ErpUnderTest,
): void {
  async function contracted() {
    const customerId = await erp().putCustomer(newKey('customer'), customer(), context);
    return {
      customerId,
      contractId: await erp().createContract(newKey('contract'), contractOrder(customerId), context),
    };
  }
  /** The invoice's payment side, of all that ever changed. */
  async function changeOf(key: string): Promise<PaymentChange | undefined> {
    let latest: PaymentChange | undefined;
    for (let since: string | null = null, more = true; more;) {
      const page = await erp().changedPayments(since, context);
      latest = page.payments.findLast(({ invoiceKey }) => invoiceKey === key) ?? latest;
      ({ watermark: since, more } = page);
    }
    return latest;
  }
  const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);

  describe(`${name} as an ERP`, () => {
    test('keeps a customer as given, takes it out of use, also twice and also nothing, and back into use', async () => {
      const key = newKey('customer');
      expect(await erp().findCustomer(key, context)).toBeUndefined();
      const customerId = await erp().putCustomer(key, customer(), context);
      expect(await erp().findCustomer(key, context)).toEqual({ customerId, record: customer() });
      const renamed = { ...customer(), name: 'Renamed Ltd', paymentTermsDays: 60 };
      expect(await erp().putCustomer(key, renamed, context)).toBe(customerId);
      expect((await erp().findCustomer(key, context))?.record).toEqual(renamed);
      await erp().deactivateCustomer(key, context);
      await erp().deactivateCustomer(key, context);
      await erp().deactivateCustomer(newKey('customer'), context);
      expect((await erp().findCustomer(key, context))?.record.active).toBe(false);
      // After an undo, the next engagement of the customer finds it so.
      expect(await erp().putCustomer(key, customer(), context)).toBe(customerId);
      expect((await erp().findCustomer(key, context))?.record).toEqual(customer());
    });

    test('keeps a contract with its schedule once per key, and cancels it, also twice and also nothing', async () => {
      const customerId = await erp().putCustomer(newKey('customer'), customer(), context);
      const key = newKey('contract');
      expect(await erp().findContract(key, context)).toBeUndefined();
      const order = contractOrder(customerId);
      const contractId = await erp().createContract(key, order, context);
      expect(await erp().createContract(key, order, context)).toBe(contractId);
      const totalMinor = sum(order.lines.map(({ amountMinor }) => amountMinor));
      const scheduleTotalMinor = sum(order.schedule.map(({ amountMinor }) => amountMinor));
      expect(await erp().findContract(key, context)).toMatchObject({
        ...{ contractId, currency: order.currency, totalMinor, scheduleTotalMinor, active: true },
      });
      await erp().cancelContract(key, context);
      await erp().cancelContract(key, context);
      await erp().cancelContract(newKey('contract'), context);
      // Gone, or closed for good: each ERP has its own opposite of a contract.
      expect((await erp().findContract(key, context))?.active ?? false).toBe(false);
    });

    test('posts an invoice once per key, and reads back its own number, our lines and its tax', async () => {
      const order = invoiceOrder(await contracted());
      const key = newKey('invoice');
      expect(await erp().findInvoice(key, context)).toBeUndefined();
      const posted = await erp().createInvoice(key, order, context);
      expect(posted.lines).toEqual(order.lines.map(({ lineKey, amountMinor }) => ({ lineKey, amountMinor })));
      expect(posted.netMinor).toBe(sum(order.lines.map(({ amountMinor }) => amountMinor)));
      expect(posted.totalMinor).toBe(posted.netMinor + posted.taxMinor);
      expect(posted).toMatchObject({ currency: order.currency, state: 'open', unpaidMinor: posted.totalMinor });
      expect(posted.number).not.toBe('');
      expect(await erp().createInvoice(key, order, context)).toEqual(posted);
      expect(await erp().findInvoice(key, context)).toEqual(posted);
    });

    test('posts one invoice for four that ask at once, and leaves one of other content as it is', async () => {
      const order = invoiceOrder(await contracted());
      const key = newKey('invoice');
      const four = await Promise.all([1, 2, 3, 4].map(() => erp().createInvoice(key, order, context)));
      expect(new Set(four.map(({ invoiceId }) => invoiceId)).size).toBe(1);
      const other = { ...order, lines: order.lines.slice(0, 1) };
      expect(await kindOf(erp().createInvoice(key, other, context))).toBe('conflict');
      expect(await erp().findInvoice(key, context)).toEqual(four[0]);
    });

    test('gives back part of an invoice in a document of its own, once per key, in amounts above zero', async () => {
      const order = invoiceOrder(await contracted());
      const invoiceKey = newKey('invoice');
      const { invoiceId, netMinor, totalMinor } = await erp().createInvoice(invoiceKey, order, context);
      const { customerId, erpEntityRef, currency, invoiceOn: creditedOn, taxCode } = order;
      const lines = order.lines.slice(0, 1).map((line) => ({ ...line, quantity: '1', amountMinor: 1_000 }));
      const credit = { customerId, invoiceId, erpEntityRef, currency, creditedOn, memo: 'Corrected', taxCode, lines };
      const key = newKey('credit');
      expect(await erp().findCreditNote(key, context)).toBeUndefined();
      const note = await erp().createCreditNote(key, credit, context);
      expect(note).toMatchObject({ currency, netMinor: 1_000, totalMinor: 1_000 + note.taxMinor });
      expect(await erp().createCreditNote(key, credit, context)).toEqual(note);
      expect(await erp().findCreditNote(key, context)).toEqual(note);
      expect(await erp().findInvoice(invoiceKey, context)).toMatchObject({ invoiceId, netMinor, totalMinor });
    });

    test('tells what was paid apart from what finance credited by hand, and a credit that is taken back', async () => {
      const order = invoiceOrder(await contracted());
      const key = newKey('invoice');
      const { invoiceId, totalMinor } = await erp().createInvoice(key, order, context);
      const [creditedOn, paidOn] = [order.invoiceOn, order.dueOn];
      const open = { invoiceId, totalMinor, unpaidMinor: totalMinor, creditedMinor: 0, state: 'open', paidOn: null };
      expect(await changeOf(key)).toMatchObject(open);
      const credit = await finance().credit(invoiceId, creditedOn);
      const left = totalMinor - credit.totalMinor;
      const credited = { totalMinor, unpaidMinor: left, creditedMinor: credit.totalMinor, paidOn: null };
      expect(await changeOf(key)).toMatchObject(credited);
      await finance().pay(invoiceId, '1000.50', paidOn);
      expect(await changeOf(key)).toMatchObject({
        ...{ state: 'part-paid', unpaidMinor: left - 100_050, creditedMinor: credit.totalMinor, paidOn },
      });
      await finance().takeBack(invoiceId, credit.creditId);
      expect(await changeOf(key)).toMatchObject({
        ...{ state: 'part-paid', unpaidMinor: totalMinor - 100_050, creditedMinor: 0, paidOn },
      });
    });

    test('posts an entry once per key, and none that does not balance', async () => {
      const order = journalOrder();
      const key = newKey('journal');
      expect(await erp().findJournal(key, context)).toBeUndefined();
      const posted = await erp().createJournal(key, order, context);
      const { currency, postedOn } = order;
      const totalMinor = sum(order.lines.map(({ debitMinor }) => debitMinor));
      expect(posted).toMatchObject({ currency, postedOn, debitMinor: totalMinor, creditMinor: totalMinor });
      expect(await erp().createJournal(key, order, context)).toEqual(posted);
      expect(await erp().findJournal(key, context)).toEqual(posted);
      const uneven = { ...order, lines: order.lines.slice(0, 1) };
      const refused = newKey('journal');
      expect(await kindOf(erp().createJournal(refused, uneven, context))).toBe('rejected');
      expect(await erp().findJournal(refused, context)).toBeUndefined();
    });

    test('knows the period of a day, and none where its calendar does not reach', async () => {
      const { erpEntityRef, postedOn } = journalOrder();
      const period = await erp().periodState(erpEntityRef, postedOn, context);
      expect(period).toMatchObject({ state: 'open' });
      expect([period?.startOn ?? '', postedOn, period?.endOn ?? '']).toEqual(
        [period?.startOn ?? '', postedOn, period?.endOn ?? ''].sort(),
      );
      expect(await erp().periodState(erpEntityRef, '1901-06-15', context)).toBeUndefined();
    });
  });
}

async function kindOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'done',
    (error: unknown) => error,
  );
  return outcome instanceof AdapterError ? outcome.kind : String(outcome);
}
