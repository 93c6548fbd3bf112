/**
 * The systems and books around one simulated engagement: what each call does there and answers. Effects are kept by
 * call and idempotency key, so that a test can say what exists, how often it was created and what was taken back.
 */
import type { CallInput, CallResult, DraftedInvoice } from '../../../domain/engagement/calls.ts';
import { type CallName, SAGAS } from '../../../domain/engagement/sagas.ts';
import type { ErpMove, Finding, LineSummary } from '../../../domain/engagement/state.ts';
import { allocate } from '../../../domain/money/allocate.ts';
import { money, type Money } from '../../../domain/money/money.ts';
import { monthsTouched, nextMonth } from '../../../domain/time/period.ts';
import { addDays, laterOf, type PlainDate } from '../../../domain/time/plain-date.ts';
import type { Deal } from './contracts.ts';

/** Something that a `do` call made outside. */
export interface Effect {
  call: CallName;
  key: string;
  live: boolean;
  /** How often it was really made: more than once is a duplicate. */
  made: number;
}

/** Something that can be billed once: approved work, a milestone or a period of a retainer. */
interface Billable {
  id: string;
  legalEntityId: string;
  currency: string;
  /** Billed by a run for work before a date after this one; null: only by name. */
  on: PlainDate | null;
  netMinor: number;
  invoiceId: string | null;
}

const ROWS = Object.values(SAGAS).flat();
const DO_CALLS = new Set(ROWS.flatMap((row) => row.do ?? []));
/** Undo call > the call that it takes back. */
const UNDOES = new Map(
  ROWS.flatMap((row) => (row.undo && row.undo !== 'keep' && row.do ? [[row.undo, row.do] as const] : [])),
);
/** They read, or are repeated on purpose. */
const WITHOUT_EFFECT: readonly CallName[] = ['validateDeal', 'checkCompletion'];

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function monthlyFeeMinor(line: LineSummary): number {
  const months = monthsTouched(line.startOn, line.endOn);
  const [fee = line.value] = allocate(
    line.value,
    months.map(() => '1'),
  );
  return fee.amountMinor;
}

/** The outside world of one engagement. */
export class Outside {
  readonly effects = new Map<string, Effect>();
  readonly billables: Billable[] = [];
  /** While set, validation finds this. */
  dealFindings: Finding[] = [];
  /** While set, a draft finds this and is not stored. */
  draftFindings: Finding[] = [];
  /** Work is above the contract's limit: no draft takes it. */
  onHold = false;
  /** The table has every legal entity in `move.to` for documents from `move.on`. */
  move: ErpMove | null = null;
  /** ERPs that calls of these names went to, in order. */
  readonly erps: [CallName, string | undefined][] = [];
  /** While set, archiving the project finds this and does nothing. */
  undoFindings: Finding[] = [];
  /** Milestones that stand accepted in the PSA. */
  readonly accepted = new Set<string>();
  private readonly drafts = new Map<string, DraftedInvoice>();

  constructor(readonly deal: Deal) {
    for (const line of deal.validated.contract.lines) this.addRetainer(line);
    for (const { milestoneId, lineId, amount } of deal.validated.milestones) {
      const line = deal.validated.contract.lines.find((candidate) => candidate.lineId === lineId);
      this.add(milestoneId, line?.legalEntityId ?? '', amount.currency, null, amount.amountMinor);
    }
  }

  /** Approved work of a day. */
  work(on: PlainDate, netMinor: number, legalEntityId = 'uk', currency = 'GBP'): void {
    this.add(`work-${String(this.billables.length)}`, legalEntityId, currency, on, netMinor);
  }

  /** Effects of a call that stand, as keys. */
  live(call: CallName): string[] {
    return [...this.effects.values()]
      .filter((effect) => effect.call === call && effect.live)
      .map((effect) => effect.key);
  }

  /** Everything that stands and would have been taken back by an undo. */
  undoable(): Effect[] {
    const undone = new Set(UNDOES.values());
    return [...this.effects.values()].filter((effect) => effect.live && undone.has(effect.call));
  }

  /** Why a call is refused for good, or undefined. */
  refusalOf(call: CallName, input: CallInput): string | undefined {
    const isThere = call === 'proveNoErpInvoice' && this.live('postErpInvoice').includes(input.key);
    return isThere ? 'INVOICE_IN_ERP' : undefined;
  }

  /** Somebody takes the invoices back whole in the ERP. */
  takeInvoicesBack(): void {
    for (const effect of this.effects.values()) if (effect.call === 'postErpInvoice') effect.live = false;
  }

  /** Carries a call out. A repetition with the same key finds what is there. */
  perform(call: CallName, input: CallInput): CallResult {
    if (call === 'archivePsaProject' && this.undoFindings.length > 0) return { findings: this.undoFindings };
    const made = UNDOES.get(call);
    if (made) this.takeBack(made, input.key);
    this.erps.push([call, input.refs[input.legalEntityId]?.erpConnectionId]);
    const result = this.answer(call, input);
    const happened = result.nothing !== true && result.findings === undefined;
    if (DO_CALLS.has(call) && !WITHOUT_EFFECT.includes(call) && happened) this.make(call, input.key);
    return result;
  }

  private make(call: CallName, key: string): void {
    const id = `${call} ${key}`;
    const known = this.effects.get(id);
    if (known && !known.live) throw new Error(`${id} is made again after it was undone`);
    if (!known) this.effects.set(id, { call, key, live: true, made: 1 });
  }

  private takeBack(call: CallName, key: string): void {
    const effect = this.effects.get(`${call} ${key}`);
    if (effect) effect.live = false;
    // Nobody may make it afterwards either: a late first attempt would leave an orphan.
    else this.effects.set(`${call} ${key}`, { call, key, live: false, made: 0 });
  }

  private answer(call: CallName, input: CallInput): CallResult {
    const withRef = (): CallResult => ({ ref: `${call}-${input.key}` });
    const prepared = (): CallResult => ({ prepared: { before: call } });
    const answers: Partial<Record<CallName, () => CallResult>> = {
      validateDeal: () =>
        this.dealFindings.length > 0 ? { findings: this.dealFindings } : { validated: this.deal.validated },
      readErpCustomer: () => ({ ...prepared(), erpConnectionId: 'ns-main' }),
      readCrmLink: prepared,
      putErpCustomer: withRef,
      createPsaProject: withRef,
      createErpContract: withRef,
      draftInvoice: () => this.draft(input),
      voidDraftInvoice: () => this.voidDraft(input),
      postErpInvoice: () => ({
        invoice: { erpRef: `erp-${input.key}`, number: `INV-${input.sagaId.split('.')[1] ?? ''}` },
      }),
      recogniseRevenue: () => this.recognise(input),
      checkCompletion: () => this.unbilled(),
    };
    return answers[call]?.() ?? {};
  }

  private draft(input: CallInput): CallResult {
    const known = this.drafts.get(input.key);
    if (known) return { draft: known };
    const { currency = '', untilExclusive, milestoneIds = [] } = input.scope;
    const due = this.billables.filter(
      (item) =>
        item.invoiceId === null &&
        item.legalEntityId === input.legalEntityId &&
        item.currency === currency &&
        (item.on === null ? milestoneIds.includes(item.id) : untilExclusive !== undefined && item.on < untilExclusive),
    );
    if (this.draftFindings.length > 0) return { findings: this.draftFindings };
    if (due.length === 0 || this.onHold) return { nothing: true };
    const move = this.moveBefore(input, input.asOf);
    if (move) return move;
    const invoiceId = `inv_${input.key}`;
    for (const item of due) item.invoiceId = invoiceId;
    const netMinor = sum(due.map((item) => item.netMinor));
    const draft: DraftedInvoice = {
      invoiceId,
      hash: `hash-${input.key}`,
      net: money(netMinor, currency),
      total: money((netMinor * 6) / 5, currency), // 20 % tax
      dueOn: addDays(input.asOf, 30),
      erpConnectionId: input.refs[input.legalEntityId]?.erpConnectionId ?? '',
      title: 'Invoice',
      heldMinor: 0,
      milestoneIds,
    };
    this.drafts.set(input.key, draft);
    return { draft };
  }

  private moveBefore({ legalEntityId, refs }: CallInput, on: PlainDate): CallResult | undefined {
    if (!this.move || on < this.move.on || refs[legalEntityId]?.erpConnectionId === this.move.to) return undefined;
    const finding: Finding = { code: 'ERP_MOVE_DUE', message: 'moves first', ownerRole: 'ops', passes: true };
    return { findings: [finding], erpMove: { ...this.move, legalEntityId } };
  }

  private voidDraft(input: CallInput): CallResult {
    for (const item of this.billables) if (item.invoiceId === `inv_${input.key}`) item.invoiceId = null;
    return {};
  }

  /** Work by its day, fees by equal months. */
  private recognise(input: CallInput): CallResult {
    const { month = '' } = input.scope;
    const parts: Money[] = this.billables
      .filter((item) => item.id.startsWith('work-') && item.legalEntityId === input.legalEntityId)
      .filter((item) => item.on?.startsWith(month))
      .map((item) => money(item.netMinor, item.currency));
    for (const line of this.deal.validated.contract.lines) {
      if (line.legalEntityId !== input.legalEntityId || line.model === 'time-and-materials') continue;
      if (!monthsTouched(line.startOn, line.endOn).includes(month)) continue;
      parts.push(money(monthlyFeeMinor(line), line.value.currency));
    }
    const later = this.isOpenAfter(month, input.legalEntityId)
      ? { unrecognised: [{ legalEntityId: input.legalEntityId, month: nextMonth(month) }] }
      : {};
    if (parts.length === 0) return { ...later, nothing: true };
    const move = this.moveBefore(input, addDays(`${nextMonth(month)}-01`, -1));
    if (move) return move;
    return { ...later, ref: `jnl-${input.key}`, revenue: { recognised: parts } };
  }

  /** A fixed fee goes on beyond its end until all its milestones are accepted. */
  private isOpenAfter(month: string, legalEntityId: string): boolean {
    const { contract, milestones } = this.deal.validated;
    return milestones.some(({ milestoneId, lineId }) => {
      const line = contract.lines.find((candidate) => candidate.lineId === lineId);
      const hasEnded = line !== undefined && month >= line.endOn.slice(0, 7);
      return hasEnded && line.legalEntityId === legalEntityId && !this.accepted.has(milestoneId);
    });
  }

  private unbilled(): CallResult {
    const left = this.billables.filter((item) => item.invoiceId === null && item.on !== null);
    if (left.length === 0) return {};
    const found = left.map(({ legalEntityId, currency, on }) => ({
      legalEntityId,
      currency,
      untilExclusive: addDays(on ?? '', 1),
    }));
    return { unbilled: found };
  }

  /**
   * In advance: due on the first day of the month, the first on the day of the start; in arrears: when the month is
   * over.
   */
  private addRetainer(line: LineSummary): void {
    if (line.model !== 'retainer') return;
    for (const month of monthsTouched(line.startOn, line.endOn)) {
      const runOn = line.inAdvance ? laterOf(`${month}-01`, line.startOn) : `${nextMonth(month)}-01`;
      const id = `${line.lineId}-${month}`;
      this.add(id, line.legalEntityId, line.value.currency, addDays(runOn, -1), monthlyFeeMinor(line));
    }
  }

  private add(id: string, legalEntityId: string, currency: string, on: PlainDate | null, netMinor: number): void {
    this.billables.push({ id, legalEntityId, currency, on, netMinor, invoiceId: null });
  }
}
