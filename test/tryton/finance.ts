// The hands of finance in a real Tryton, through its own API and wizards: money that is entered and comes in, a credit
// note that somebody makes by hand, and lines of the ledger that somebody matches.
import type { Finance } from '../contract/erp-suite.ts';
import { PAYMENT_ENTERED } from '../../scripts/tryton/people.ts';
import { date, decimal } from '../../scripts/tryton/rpc.ts';
import type { Ground } from './erp-support.ts';

export interface TrytonFinance extends Finance {
  /** A payment as finance enters it: approved, and later succeeded, which books it. */
  enterPayment: (invoiceId: string, amount: string, paidOn: string) => Promise<number>;
  succeed: (payment: number) => Promise<void>;
  fail: (payment: number) => Promise<void>;
  /** A posted credit note made of an invoice, of 100.00 and 19 % or of all; its line of the receivable. */
  creditNote: (invoiceId: string, on: string, of?: 'part' | 'whole') => Promise<number>;
  /** Counts a line as paying a part of the invoice, in the field of the invoice's form, or no longer. */
  match: (invoiceId: string, line: number, how: 'add' | 'remove') => Promise<void>;
  /** Settles lines that come to nothing with one another. */
  reconcile: (lines: number[]) => Promise<void>;
  /** Lines of the receivable of an invoice that nothing settles yet, with those of its credits and payments. */
  openLines: (invoiceId: string) => Promise<number[]>;
}

/** Of one company. */
export function financeOf(ground: Ground, legalEntityId: string): TrytonFinance {
  const { accountant, tryton } = ground;
  const company = tryton.companies.find((each) => each.legalEntityId === legalEntityId);
  if (!company) throw new Error(`no company ${legalEntityId}`);
  const { companyId, paymentJournal } = company;
  const call = <T>(model: string, method: string, args: unknown[]) =>
    accountant.model<T>(model, method, args, companyId);
  const rows = (model: string, domain: unknown[], fields: string[]) => ground.rows(model, domain, fields, companyId);
  const invoiceOf = async (invoiceId: string) => {
    const fields = ['lines_to_pay', 'payment_lines', 'party', 'lines'];
    const [invoice] = await rows('account.invoice', [['id', '=', Number(invoiceId)]], fields);
    if (!invoice) throw new Error(`no invoice ${invoiceId}`);
    return invoice as { party: number; lines: number[]; lines_to_pay: number[]; payment_lines: number[] };
  };

  /** A wizard is a small session of its own; what it asks a person is in `answers`, by its form. */
  async function wizard(name: string, model: string, ids: number[], state: string, answers: object = {}) {
    const preferences = (await accountant.call('model.res.user.get_preferences', [true, {}])) as object;
    const records = { active_model: model, active_id: ids[0], active_ids: ids };
    const context = { ...preferences, locale: undefined, company: companyId, ...records };
    const [session] = (await accountant.call(`wizard.${name}.create`, [context])) as [number];
    const result = await accountant.call(`wizard.${name}.execute`, [session, answers, state, context]);
    await accountant.call(`wizard.${name}.delete`, [session, context]);
    return result as { actions?: [unknown, { res_id: number[] }][]; view?: unknown };
  }

  /** A date ahead of today is asked about, and so are taxes that are not the product's own: it is meant. */
  async function saidYes(press: () => Promise<unknown>): Promise<void> {
    await press().catch(async (error: Error) => {
      const [, name] = /^UserWarning: \["([^"]+)"/.exec(error.message) ?? [];
      if (name === undefined) throw error;
      const values = { user: accountant.userId, name, always: false };
      if (tryton.series === '8.2') await call('res.user.warning', 'skip', [name, false]);
      else await call('res.user.warning', 'create', [[values]]);
      await saidYes(press);
    });
  }

  const finance: TrytonFinance = {
    async enterPayment(invoiceId, amount, paidOn) {
      const { party, lines_to_pay: lines } = await invoiceOf(invoiceId);
      const values = {
        ...{ company: companyId, journal: paymentJournal, kind: 'receivable', party, line: lines[0] },
        ...{ amount: decimal(amount), date: date(paidOn) },
      };
      const [payment = 0] = await call<number[]>('account.payment', 'create', [[values]]);
      await call('account.payment', PAYMENT_ENTERED[tryton.series], [[payment]]);
      return payment;
    },
    async succeed(payment) {
      await wizard('account.payment.process', 'account.payment', [payment], 'process');
      await call('account.payment', 'succeed', [[payment]]);
    },
    fail: (payment) => call('account.payment', 'fail', [[payment]]),
    async creditNote(invoiceId, on, of = 'part') {
      const start = { start: { with_refund: false, with_refund_allowed: true, invoice_date: date(on) } };
      const made = await wizard('account.invoice.credit', 'account.invoice', [Number(invoiceId)], 'credit', start);
      const note = made.actions?.[0]?.[1].res_id[0] ?? 0;
      const [first, ...others] = (await invoiceOf(String(note))).lines;
      const part = ['write', [first], { quantity: -1, unit_price: decimal('100.0000') }];
      if (of === 'part') await call('account.invoice', 'write', [[note], { lines: [part, ['delete', others]] }]);
      await saidYes(() => call('account.invoice', 'post', [[note]]));
      const [line = 0] = (await invoiceOf(String(note))).lines_to_pay;
      return line;
    },
    match: (invoiceId, line, how) =>
      call('account.invoice', 'write', [[Number(invoiceId)], { payment_lines: [[how, [line]]] }]),
    async reconcile(lines) {
      const { view } = await wizard('account.move.reconcile_lines', 'account.move.line', lines, 'start');
      if (view) throw new Error(`lines ${lines.join(', ')} do not come to nothing: Tryton asks for a write-off`);
    },
    async openLines(invoiceId) {
      const { lines_to_pay: own, payment_lines: parts } = await invoiceOf(invoiceId);
      const payments = await rows('account.payment', [['line', 'in', own]], ['clearing_move']);
      const moves = payments.map(({ clearing_move: move }) => move);
      const cleared = ['AND', ['move', 'in', moves], ['account.code', '=', '1100']];
      const open = [['OR', ['id', 'in', [...own, ...parts]], cleared], [['reconciliation', '=', null]]];
      return (await rows('account.move.line', open, ['id'])).map(({ id }) => id as number);
    },
    async pay(invoiceId, amount, on) {
      await finance.succeed(await finance.enterPayment(invoiceId, amount, on));
    },
    async credit(invoiceId, on) {
      const line = await finance.creditNote(invoiceId, on);
      await finance.match(invoiceId, line, 'add');
      // 100.00 + 19 %
      return { creditId: String(line), totalMinor: 11_900 };
    },
    takeBack: (invoiceId, creditId) => finance.match(invoiceId, Number(creditId), 'remove'),
  };
  return finance;
}
