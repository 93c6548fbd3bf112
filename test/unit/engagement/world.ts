/**
 * A simulated world around one engagement, without Temporal: it drives `nextWork` and `apply` as the workflow's loop
 * does, on a clock that only tests move. Calls may fail before or after their effect; people and systems may speak
 * between any two
 * facts.
 */
import type { Actor } from '../../../domain/actor.ts';
import { isOver, nextWork, type Work } from '../../../domain/engagement/agenda.ts';
import { afterPublishing, apply } from '../../../domain/engagement/apply.ts';
import { answerTo, refusal } from '../../../domain/engagement/apply-decisions.ts';
import type { Decision, InboxFact, InboxFactType } from '../../../domain/engagement/calls.ts';
import type { Happening, Place } from '../../../domain/engagement/facts.ts';
import { inputOf } from '../../../domain/engagement/intent.ts';
import type { CallName } from '../../../domain/engagement/sagas.ts';
import { newEngagement, type Since } from '../../../domain/engagement/start.ts';
import type {
  Approval,
  EngagementState,
  Failure,
  InvoiceSummary,
  SagaState,
  TimelineEntry,
} from '../../../domain/engagement/state.ts';
import type { PlainDate } from '../../../domain/time/plain-date.ts';
import { APPROVER, type Deal, DELIVERY, instant, OPS, POLICY, PREPARER, REQUESTER } from './contracts.ts';
import { checkInvariants, checkNobodyWaitsSilently } from './invariants.ts';
import { Outside } from './outside.ts';

/** More works than this at one instant are a spin. */
const WORKS_MAX = 500;

/** A call that fails: `times` times, before or after its effect. */
export interface Fault {
  kind: Failure['kind'];
  after?: boolean;
  times?: number;
  code?: string;
}

/** A call as it was made. */
export interface MadeCall {
  call: CallName | 'readInbox';
  key: string;
  phase: Place['phase'] | null;
  at: number;
  probe: boolean;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key in value) freeze(value[key]); // Object.values would double the time of these tests.
  }
  return value;
}

/** One engagement and everything around it. */
export class World {
  state: EngagementState;
  now: number;
  readonly outside: Outside;
  readonly timeline: TimelineEntry[] = [];
  readonly calls: MadeCall[] = [];
  /** Runs after each fact: where tests let people and systems speak. Not called for what it does itself. */
  afterFact: ((world: World) => void) | null = null;
  inboxFault: Fault | null = null;
  private readonly faults = new Map<CallName, Fault[]>();
  private readonly interruptions = new Map<CallName, () => void>();
  private readonly inbox: InboxFact[] = [];
  private readonly acknowledged = new Set<string>();
  private speaking = false;
  private updates = 0;
  private versions = 0;

  constructor(deal: Deal, refuseIfInvalid = false, since?: Since) {
    this.outside = new Outside(deal);
    this.now = deal.receivedAt;
    const ids = {
      engagementId: 'eng_01kah3zv5cfq0t7w9b2m4n6p8r',
      connectionId: 'sf-emea',
      dealId: 'deal-1',
      correlationId: 'cor-1',
    };
    this.state = newEngagement(
      { ...ids, dealUrl: null, requestedBy: REQUESTER, policy: POLICY, refuseIfInvalid },
      this.now,
      since,
    );
  }

  /** The next `times` calls of a name fail. Later calls of `fail` come after. */
  fail(call: CallName, fault: Fault): this {
    this.faults.set(call, [...(this.faults.get(call) ?? []), { ...fault }]);
    return this;
  }

  /** All systems answer again. */
  heal(): void {
    this.faults.clear();
    this.inboxFault = null;
    this.outside.dealFindings = [];
  }

  /** Does something once, while a call of this name is in flight. */
  during(call: CallName, act: () => void): this {
    this.interruptions.set(call, act);
    return this;
  }

  /** A fact from a system reaches the inbox and is announced. Answers its row. */
  tell(type: InboxFactType, objectKey = 'deal:deal-1', data: InboxFact['data'] = {}, version?: string): string {
    this.versions += 1;
    const number = String(this.versions).padStart(6, '0');
    this.inbox.push({ inboxId: `inb_${number}`, type, objectKey, version: version ?? number, effectiveOn: null, data });
    if (!this.state.inbox.announced) this.record({ type: 'announced' });
    return `inb_${number}`;
  }

  /** Rows of the inbox that the engagement has not acknowledged: they are due again once it has ended. */
  unread(): string[] {
    return this.inbox.map(({ inboxId }) => inboxId).filter((inboxId) => !this.acknowledged.has(inboxId));
  }

  /** Somebody else asks for the same start. */
  askToStart(actor: Actor): void {
    this.record({ type: 'startAsked', actor });
  }

  /** A milestone changed in the PSA. */
  milestone(milestoneId: string, type: InboxFactType, version?: string): void {
    if (type === 'milestoneAccepted') this.outside.accepted.add(milestoneId);
    if (type === 'milestoneRejected') this.outside.accepted.delete(milestoneId);
    this.tell(type, `milestone:${milestoneId}`, { milestoneId }, version);
  }

  /** The ERP says how much of an invoice is unpaid. */
  payment(invoice: InvoiceSummary, unpaidMinor: number, version?: string): void {
    const data = { invoiceId: invoice.invoiceId, unpaidMinor, paidOn: '2026-06-01' };
    this.tell('invoicePaid', `invoice:${invoice.invoiceId}`, data, version);
  }

  /** A person decides: the refusal's code, or the answer. */
  decide(actor: Actor, command: Decision['command'], updateId?: string): string {
    this.updates += 1;
    const decision: Decision = freeze({
      updateId: updateId ?? `upd-${String(this.updates)}`,
      actor,
      reason: null,
      command,
    });
    const refused = refusal(this.state, decision);
    if (refused) return refused.code;
    this.record({ type: 'decided', decision });
    return answerTo(this.state, decision) ?? 'no answer';
  }

  approve(approval: Approval = this.approval(), type: 'approve' | 'reject' = 'approve'): string {
    const actor = approval.kind === 'activation' ? DELIVERY : APPROVER;
    return this.decide(actor, { type, approvalId: approval.approvalId, versionHash: approval.versionHash });
  }

  approveAll(): void {
    while (this.state.approvals.length > 0) {
      this.approve();
      this.run();
    }
  }

  retry(saga: SagaState): string {
    return this.decide(saga.parked?.ownerRole === 'fin-preparer' ? PREPARER : OPS, { type: 'retry', sagaId: saga.id });
  }

  cancel(): string {
    return this.decide(OPS, { type: 'cancel' });
  }

  approval(kind?: Approval['kind']): Approval {
    const found = this.state.approvals.find((approval) => kind === undefined || approval.kind === kind);
    if (!found) throw new Error(`no approval is pending in stage ${this.state.stage}`);
    return found;
  }

  saga(kind: SagaState['kind']): SagaState {
    const found = this.state.sagas.find((saga) => saga.kind === kind);
    if (!found) throw new Error(`no saga ${kind} in stage ${this.state.stage}`);
    return found;
  }

  /** Does what is due now. */
  run(): this {
    for (let works = 0; ; works += 1) {
      if (works > WORKS_MAX)
        throw new Error(
          `spins in stage ${this.state.stage}: ${this.timeline
            .slice(-6)
            .map((e) => e.title)
            .join('; ')}`,
        );
      const { due } = nextWork(freeze(this.state), this.now);
      if (!due) break;
      this.carryOut(due);
    }
    this.timeline.push(...this.state.unpublished);
    for (const inboxId of this.state.inbox.unacknowledged) this.acknowledged.add(inboxId);
    this.state = afterPublishing(this.state, this.state.counters.timeline, this.state.inbox.unacknowledged);
    checkNobodyWaitsSilently(this.state, this.now);
    return this;
  }

  /** Lets time pass until midnight UTC of a date, or an instant; what becomes due on the way happens at its time. */
  advanceTo(target: PlainDate | number, onTheWay: () => void = () => undefined): this {
    const targetMs = typeof target === 'number' ? target : instant(target);
    for (;;) {
      this.run();
      onTheWay();
      this.run();
      const wakeAt = isOver(this.state) ? undefined : nextWork(this.state, this.now).wakeAt;
      if (wakeAt === undefined || wakeAt > targetMs) break;
      this.now = wakeAt;
    }
    this.now = Math.max(this.now, targetMs);
    return this;
  }

  /** Up to the set-up's approval, granted. */
  activate(): this {
    this.run();
    this.approve(this.approval('activation'));
    return this.run();
  }

  titles(kind?: string): string[] {
    return [...this.timeline, ...this.state.unpublished]
      .filter((e) => kind === undefined || e.kind === kind)
      .map((e) => e.title);
  }

  made(call: CallName): MadeCall[] {
    return this.calls.filter((made) => made.call === call);
  }

  private carryOut(work: Work): void {
    if (work.kind === 'record') return this.record(work.fact);
    if (work.kind === 'inbox') return this.readInbox();
    const { place, call, probe } = work;
    this.record({ type: 'begun', place });
    const input = freeze(inputOf(this.state, place, this.now));
    this.calls.push({ call, key: input.key, phase: place.phase, at: this.now, probe });
    const interruption = this.interruptions.get(call);
    this.interruptions.delete(call);
    interruption?.();
    const fault = this.faultOf(call);
    if (fault && !fault.after) return this.record({ type: 'failed', place, failure: this.failure(fault, call) });
    const code = this.outside.refusalOf(call, input);
    if (code) return this.record({ type: 'failed', place, failure: this.failure({ kind: 'refused', code }, call) });
    const result = this.outside.perform(call, input);
    if (fault) return this.record({ type: 'failed', place, failure: this.failure(fault, call) });
    this.record({ type: 'done', place, result: JSON.parse(JSON.stringify(result)) as typeof result });
  }

  private readInbox(): void {
    this.calls.push({ call: 'readInbox', key: '', phase: null, at: this.now, probe: false });
    if (this.inboxFault && (this.inboxFault.times ?? 1) > 0) {
      this.inboxFault.times = (this.inboxFault.times ?? 1) - 1;
      return this.record({
        type: 'inboxFailed',
        failure: { code: 'BOOKS_DOWN', kind: 'outage', message: 'books are away' },
      });
    }
    for (const inboxId of this.state.inbox.unacknowledged) this.acknowledged.add(inboxId);
    const unread = this.inbox.filter(({ inboxId }) => !this.acknowledged.has(inboxId));
    this.record({ type: 'inboxRead', page: { facts: unread.slice(0, 3), more: unread.length > 3 } });
  }

  private faultOf(call: CallName): Fault | undefined {
    const queue = this.faults.get(call);
    const fault = queue?.[0];
    if (!queue || !fault) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) queue.shift();
    return fault;
  }

  private failure({ kind, code }: Fault, call: CallName): Failure {
    return { code: code ?? kind.toUpperCase(), kind, message: `${call} failed` };
  }

  private record(happening: Happening): void {
    const before = freeze(this.state);
    this.state = apply(before, freeze({ ...happening, at: this.now }));
    checkInvariants(before, this.state, this.now);
    if (this.speaking || !this.afterFact) return;
    this.speaking = true;
    this.afterFact(this);
    this.speaking = false;
  }
}
