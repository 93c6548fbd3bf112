/**
 * The org's outbound notices ("Flow"): a signed hint that a record changed, sent after the change, in the form of
 * Standard Webhooks. Like the real thing it may come twice, late, out of order or not at all; the fault plan says so.
 */
import { createHmac } from 'node:crypto';
import type { FaultPlan } from '../core/faults.ts';
import { asText, type JsonObject } from '../core/json.ts';

export interface NoticeTarget {
  /** May contain `{connectionId}`. */
  url: string;
  /** `whsec_<base64>`, or plain text. */
  secret: string;
}

const CONNECTION_ID = 'sf-emea';
const TRIES = 5;
const FIRST_BACKOFF_MS = 200;
const TIMEOUT_MS = 5_000;

export class Notices {
  private readonly target: NoticeTarget | undefined;
  private readonly faults: FaultPlan;
  private readonly closing = new AbortController();
  private readonly timers = new Set<NodeJS.Timeout>();
  private held: (() => void)[] = [];
  private readonly counts = { pending: 0, delivered: 0, failed: 0, dropped: 0 };

  constructor(faults: FaultPlan, target?: NoticeTarget) {
    this.faults = faults;
    this.target = target;
  }

  status(): JsonObject {
    return { ...this.counts };
  }

  /** Sends a notice in the background; `eventId` makes repeats recognisable. */
  send(eventId: string, notice: JsonObject): void {
    if (this.target === undefined) return;
    const body = JSON.stringify({ eventId, ...notice });
    const operation = `NOTICE ${asText(notice['object'])}`;
    const fault = this.faults.take({ system: 'salesforce', operation, write: true, content: body, notice: true });
    if (fault?.fault === 'drop-notice') {
      this.counts.dropped += 1;
      return;
    }
    if (fault?.fault === 'reorder-notices') {
      this.counts.pending += 1;
      this.hold(eventId, body, fault.delayMs ?? 2000);
      return;
    }
    const copies = fault?.fault === 'duplicate-notice' ? fault.copies : 1;
    const waiting = this.held;
    this.held = [];
    this.counts.pending += copies;
    const sent = Array.from({ length: copies }, () => this.deliver(eventId, body, 1));
    if (waiting.length > 0) void Promise.all(sent).then(() => waiting.forEach((release) => release()));
  }

  close(): void {
    this.closing.abort();
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Keeps a notice until the next one went out, or until the time is up. */
  private hold(eventId: string, body: string, delayMs: number): void {
    let released = false;
    const release = () => {
      if (!released) void this.deliver(eventId, body, 1);
      released = true;
    };
    this.held.push(release);
    this.later(release, delayMs);
  }

  private async deliver(eventId: string, body: string, attempt: number): Promise<void> {
    if (await this.post(eventId, body)) {
      this.counts.delivered += 1;
      this.counts.pending -= 1;
    } else if (attempt < TRIES && !this.closing.signal.aborted) {
      this.later(() => void this.deliver(eventId, body, attempt + 1), FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    } else {
      this.counts.failed += 1;
      this.counts.pending -= 1;
    }
  }

  private later(task: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      task();
    }, delayMs);
    this.timers.add(timer);
  }

  /** One attempt; true for a 2xx answer. */
  private async post(eventId: string, body: string): Promise<boolean> {
    if (this.target === undefined) return false;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sign(this.target.secret, `${eventId}.${timestamp}.${body}`);
    try {
      const response = await fetch(this.target.url.replace('{connectionId}', CONNECTION_ID), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': eventId,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
        body,
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false; // no answer is a failed attempt, like any other; the status counts show it
    }
  }
}

function sign(secret: string, content: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
  return createHmac('sha256', key).update(content).digest('base64');
}
