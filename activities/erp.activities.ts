/** The steps of an engagement that read or write its ERP. */
import { AdapterError, type CustomerRecord, type ErpPort } from '../adapters/ports/index.ts';
import { type Contract, linesOf } from '../domain/deal/contract.ts';
import { DomainError } from '../domain/errors.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import { billingSchedule, restOfSchedule, unbilledValue } from '../domain/billing/schedule.ts';
import { erpOf as routeOf, inErp } from '../domain/erp-routing.ts';
import { money, type Money, sumMoney } from '../domain/money/money.ts';
import type { Books } from '../persistence/books.ts';
import type { CustomerUse } from '../persistence/repositories/customer-uses.ts';
import { connectionOf } from './connections/source.ts';
import { type Call, contextOf, type Dependencies, entityInErp, invoiceIdOf, legalEntityOf } from './dependencies.ts';
import { answered, assertReadBack, differencesOf } from './failures.ts';
import { postJournal } from './journal-posting.ts';

/** Our key of a customer in an ERP: one per account and legal entity, shared by all engagements of that customer. */
export function erpCustomerKey(contract: Contract, legalEntityId: string): string {
  return `${contract.customer.customerKey}-${legalEntityId}`.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
}

/** The one currency of an entity's lines. Validation has seen to it that there is one. */
function currencyOf(contract: Contract, legalEntityId: string): string {
  const line = linesOf(contract, legalEntityId)[0];
  if (line) return line.value.currency;
  throw new DomainError('LINES_MISSING', `the contract has no line of ${legalEntityId}`);
}

/** The calls to the ERP. */
export function createErpActivities({ systems, books, configuration }: Dependencies) {
  const entityOf = (input: CallInput) => entityInErp(configuration, input);
  const erpOf = (input: CallInput): ErpPort => systems.erp(entityOf(input).erpConnectionId);
  const contractOf = (input: CallInput) => books.contracts.get(input.engagementId, input.contractVersion);
  const call =
    (body: (input: CallInput, envelope: Envelope<CallInput>) => ReturnType<Call>): Call =>
    (envelope) =>
      answered(() => body(envelope.data, envelope));

  /** The ERP that the records of set-up are made in: it is asked once, before the first. */
  function firstErpOf(input: CallInput): string {
    const known = input.refs[input.legalEntityId]?.erpConnectionId;
    return known ?? routeOf(legalEntityOf(configuration, input.legalEntityId), input.asOf).erpConnectionId;
  }

  async function wantedCustomer(input: CallInput): Promise<{ key: string; record: CustomerRecord }> {
    const contract = await contractOf(input);
    const { name, taxProfile, vatNumber, paymentTermsDays, countryCode } = contract.customer;
    const currency = currencyOf(contract, input.legalEntityId);
    const erpEntityRef = entityOf(input).erpEntityRef;
    const record = { erpEntityRef, name, currency, taxProfile, vatNumber, paymentTermsDays, countryCode, active: true };
    return { key: erpCustomerKey(contract, input.legalEntityId), record };
  }

  /** Look, decision and write of one customer do not mix with another engagement's. */
  async function alone(
    input: CallInput,
    customerKey: string,
    work: (inOne: Books, use: CustomerUse) => Promise<CallResult>,
  ): Promise<CallResult> {
    const connectionId = entityOf(input).erpConnectionId;
    const use = { connectionId, customerKey, engagementId: input.engagementId };
    const done = await books.alone(`customer ${connectionId} ${customerKey}`, (inOne) => work(inOne, use));
    if (done) return done.value;
    const message = `another engagement is writing customer ${customerKey}`;
    throw new AdapterError('unavailable', message, { connectionId, operation: 'write customer' });
  }

  async function contractTotals(
    input: CallInput,
  ): Promise<{ currency: string; totalMinor: number; scheduleTotalMinor: number }> {
    const contract = await contractOf(input);
    const currency = currencyOf(contract, input.legalEntityId);
    const values = [...(await valuesOf(input, contract)).values()];
    const { amountMinor } = sumMoney(values, currency);
    return { currency, totalMinor: amountMinor, scheduleTotalMinor: amountMinor };
  }

  /**
   * What a contract in the ERP is over, by contract line: its value, or what a move to another ERP finds not billed.
   */
  async function valuesOf(input: CallInput, contract: Contract): Promise<Map<string, Money>> {
    const isMove = input.scope.erpMove !== undefined;
    const billed = isMove ? await books.invoices.billedByLine(input.engagementId, 'living') : new Map<string, number>();
    return new Map(
      linesOf(contract, input.legalEntityId).map(({ lineId, value }) => {
        return [lineId, unbilledValue(value, money(billed.get(lineId) ?? 0, value.currency))];
      }),
    );
  }

  /**
   * Work that changed since the draft is not invoiced as it was: the draft is void then, and made again (domain.md,
   * states of time). What the ERP has already is not stale but posted.
   */
  async function assertStillTrue(input: CallInput, envelope: Envelope<CallInput>): Promise<void> {
    const changed = (await books.work.changedAfterBilling(input.engagementId)).filter(
      ({ invoiceId }) => invoiceId === input.scope.invoiceId,
    );
    if (changed.length === 0 || (await erpOf(input).findInvoice(input.key, contextOf(envelope)))) return;
    const entries = changed.map(({ kind, entryId }) => `${kind} ${entryId}`).join(', ');
    throw new DomainError('DRAFT_STALE', `work changed in the PSA since the invoice was drafted: ${entries}`);
  }

  return {
    /**
     * What the customer record held before, for undo. Set-up is made in the ERP that is asked here, whatever its date.
     */
    readErpCustomer: call(async (input, envelope) => {
      const { key } = await wantedCustomer(input);
      const erpConnectionId = firstErpOf(input);
      const before = await systems.erp(erpConnectionId).findCustomer(key, contextOf(envelope));
      return { prepared: before ? { ...before.record } : null, erpConnectionId };
    }),

    /**
     * Creates or updates the customer with tax profile, terms and currency. That we use it, and how we found it, is
     * written down before.
     */
    putErpCustomer: call(async (input, envelope) => {
      const { key, record } = await wantedCustomer(input);
      return alone(input, key, async (inOne, use) => {
        const found = await erpOf(input).findCustomer(key, contextOf(envelope));
        await inOne.customerUses.begin(use, found?.record ?? null);
        const id = await erpOf(input).putCustomer(key, record, contextOf(envelope));
        await inOne.refs.put(input, { connectionId: use.connectionId, type: 'customer', id });
        const { recordUrls } = input.scope.erpMove ? connectionOf(configuration, use.connectionId) : {};
        return { ref: id, ...(recordUrls ? { recordUrls } : {}) };
      });
    }),

    verifyErpCustomer: call(async (input, envelope) => {
      const { key, record } = await wantedCustomer(input);
      const found = await erpOf(input).findCustomer(key, contextOf(envelope));
      assertReadBack(`customer ${record.name}`, differencesOf({ ...record }, { ...found?.record }));
      return {};
    }),

    /**
     * What this engagement found comes back; a customer that none of us found there is taken out of use with its last
     * user. Where another engagement began to use it later, nothing is written: that one puts it back (ADR 0008).
     */
    restoreErpCustomer: call(async (input, envelope) => {
      const { key } = await wantedCustomer(input);
      return alone(input, key, async (inOne, use) => {
        const own = await inOne.customerUses.find<CustomerRecord>(use);
        const others = await inOne.customerUses.others(use);
        const next = others.find((other) => other.isNewer);
        if (!next) {
          const isShared = others.length > 0 || (await inOne.refs.usedByOthers(input, 'customer', use.connectionId));
          const found = own ? own.found : (input.prepared as unknown as CustomerRecord | null);
          if (found) {
            const record = { ...found, active: found.active || isShared };
            await erpOf(input).putCustomer(key, record, contextOf(envelope));
          } else if (!isShared) await erpOf(input).deactivateCustomer(key, contextOf(envelope));
        }
        await inOne.customerUses.end(use, next);
        await inOne.refs.end(input, 'customer', use.connectionId);
        return {};
      });
    }),

    /** The contract with its billing schedule, as information: Throughline bills and recognises (decisions.md 16). */
    createErpContract: call(async (input, envelope) => {
      const contract = await contractOf(input);
      const { currency, totalMinor } = await contractTotals(input);
      const { customerId, projectId } = input.refs[input.legalEntityId] ?? {};
      if (!customerId || !projectId)
        throw new DomainError('REFS_MISSING', `${input.legalEntityId} has no customer or project yet`);
      const values = await valuesOf(input, contract);
      const lines = linesOf(contract, input.legalEntityId).map(({ lineId, name }) => ({
        lineKey: lineId,
        title: name,
        amountMinor: values.get(lineId)?.amountMinor ?? 0,
      }));
      const { mode } = entityOf(input).rounding;
      const whole = billingSchedule(contract, input.legalEntityId, mode);
      const schedule = restOfSchedule(whole, money(totalMinor, currency)).map(({ dueOn, title, amount }) => ({
        dueOn,
        title,
        amountMinor: amount.amountMinor,
      }));
      const order = {
        customerId,
        erpEntityRef: entityOf(input).erpEntityRef,
        currency,
        title: contract.name,
        engagementId: input.engagementId,
        projectRef: projectId,
        startOn: contract.startOn,
        endOn: contract.endOn,
        lines,
        schedule,
      };
      const contractId = await erpOf(input).createContract(input.key, order, contextOf(envelope));
      await books.refs.put(input, { connectionId: entityOf(input).erpConnectionId, type: 'contract', id: contractId });
      return { ref: contractId };
    }),

    /** Schedule total = contract value, in the ERP's own words (R85). */
    verifyErpContract: call(async (input, envelope) => {
      const found = await erpOf(input).findContract(input.key, contextOf(envelope));
      assertReadBack(
        `contract of ${input.legalEntityId}`,
        differencesOf({ ...(await contractTotals(input)), active: true }, { ...found }),
      );
      return {};
    }),

    cancelErpContract: call(async (input, envelope) => {
      await erpOf(input).cancelContract(input.key, contextOf(envelope));
      await books.refs.end(input, 'contract', entityOf(input).erpConnectionId);
      return {};
    }),

    /** Posts the approved invoice and reads it back; totals that differ by one minor unit park it for a person. */
    postErpInvoice: call(async (input, envelope) => {
      const invoice = await books.invoices.toPost(invoiceIdOf(input));
      const { customerId, contractId } = input.refs[input.legalEntityId] ?? {};
      if (!customerId || !contractId)
        throw new DomainError('REFS_MISSING', `${input.legalEntityId} has no customer or contract`);
      const { erpConnectionId, erpEntityRef } = entityOf(input);
      const order = { ...invoice.order, customerId, contractId, erpEntityRef };
      // A move waits for what is drafted, so that this never happens; if it did, nothing would be posted.
      if ((invoice.erpConnectionId ?? erpConnectionId) !== erpConnectionId)
        throw new DomainError(
          'ERP_LEFT',
          `the invoice was drafted for ${String(invoice.erpConnectionId)}: draft it anew`,
        );
      await assertStillTrue(input, envelope);
      const posted = await erpOf(input).createInvoice(input.key, order, contextOf(envelope));
      const { invoiceId: erpId, number, currency, netMinor, taxMinor, totalMinor, lines } = posted;
      const reading = { erpConnectionId, erpId, number, currency, netMinor, taxMinor, totalMinor, lines };
      await books.invoiceReadings.put(invoiceIdOf(input), reading);
      if (posted.state === 'voided') {
        const message = `Invoice ${number} was taken back in the ERP before it was in our books: ask for a redraft`;
        throw new DomainError('INVOICE_VOIDED', message, { erpRef: posted.invoiceId });
      }
      const differences = differencesOf(invoice.totals, { ...posted });
      if (differences.length > 0) {
        const message =
          `Invoice ${number} in the ERP differs from the approved one: ${differences.join('; ')}` +
          (invoice.rounding ? `; our tax is rounded ${invoice.rounding.tax}, ${invoice.rounding.taxMode}` : '');
        throw new DomainError('TOTALS_DIFFER', message, { erpRef: posted.invoiceId, differences });
      }
      await books.refs.put(input, { connectionId: erpConnectionId, type: 'invoice', id: posted.invoiceId });
      return { ref: posted.invoiceId, invoice: { erpRef: posted.invoiceId, number: posted.number } };
    }),

    /**
     * Proves that the ERP has no invoice under the key, or one that was taken back whole: only then may the draft be
     * voided.
     * @throws INVOICE_IN_ERP
     */
    proveNoErpInvoice: call(async (input, envelope) => {
      const { document } = await books.invoices.get(invoiceIdOf(input));
      const { erpConnectionId } = inErp(legalEntityOf(configuration, input.legalEntityId), document.erpConnectionId);
      const found = await systems.erp(erpConnectionId).findInvoice(input.key, contextOf(envelope));
      if (!found || found.state === 'voided') return {};
      const message = `the ERP has invoice ${found.number} under the key ${input.key}: it is not drafted anew`;
      throw new DomainError('INVOICE_IN_ERP', message, { erpRef: found.invoiceId });
    }),

    /** Posts the month's journals, one per currency and ERP, each where its ledger is, and reads them back. */
    postErpJournal: call(async (input, envelope) => {
      const ids: string[] = [];
      for (const journal of await books.journals.toPost(input)) {
        const entity = legalEntityOf(configuration, journal.legalEntityId);
        const { erpConnectionId } = inErp(entity, journal.erpConnectionId ?? undefined);
        ids.push(await postJournal(books, systems.erp(erpConnectionId), journal, contextOf(envelope)));
      }
      return { ref: ids.join(',') };
    }),
  };
}
