/**
 * One HTTP exchange with a vendor: read the request, let the fault plan interfere, perform, answer. This is the only
 * place where faults act, so that every vendor and every operation can fail in every way.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, FaultPlan } from './faults.ts';
import { answerOf, routeOf, type Call, type Reply, type Route, type Vendor } from './vendor.ts';

const HANG_LIMIT_MS = 60_000;
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** The whole body as text; throws when it is larger than 10 MiB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends a reply; a JSON body unless there is none. */
export function send(response: ServerResponse, reply: Reply, headers: Record<string, string> = {}): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    ...(reply.body === undefined ? {} : { 'content-type': 'application/json;charset=UTF-8' }),
    ...headers,
    ...reply.headers,
  });
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}

/** Serves the calls of one vendor. */
export class Exchange {
  private inFlight = 0;
  private readonly vendor: Vendor;
  private readonly faults: FaultPlan;

  constructor(vendor: Vendor, faults: FaultPlan) {
    this.vendor = vendor;
    this.faults = faults;
  }

  async serve(request: IncomingMessage, response: ServerResponse, url: URL, path: string): Promise<void> {
    this.inFlight += 1;
    let counted = true;
    const release = () => {
      if (counted) this.inFlight -= 1;
      counted = false;
    };
    response.once('close', release);
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return void response.destroy(); // the caller went away or sent too much: no request
    const method = request.method ?? 'GET';
    const found = routeOf(this.vendor.routes, method, path);
    const call: Call = {
      method,
      path,
      query: url.searchParams,
      headers: request.headers,
      body,
      origin: `${url.origin}/${this.vendor.system}`,
      params: found?.params ?? {},
      operation: found?.route.operation ?? `${method} ${path}`,
      requestId: randomUUID(),
    };
    if (this.vendor.maxInFlight !== undefined && this.inFlight > this.vendor.maxInFlight) {
      this.answer(response, call, this.vendor.failure('throttled'));
      return;
    }
    const fault = this.faults.take({
      system: this.vendor.system,
      operation: `${method} ${path}`,
      write: found?.route.write ?? false,
      content: `${decoded(request.url ?? '')}\n${call.body}`,
      notice: false,
    });
    await this.carryOut(found?.route, call, fault, response);
  }

  private async carryOut(route: Route | undefined, call: Call, fault: Fault | undefined, response: ServerResponse) {
    const perform = () => this.perform(route, call);
    switch (fault?.fault) {
      case 'reset':
        return void response.destroy();
      case 'throttle':
        return this.answer(response, call, withRetryAfter(this.vendor.failure('throttled'), fault));
      case 'reject':
        return this.answer(response, call, this.rejection(fault));
      case 'fail-before':
        return this.fail(fault.mode ?? 'error', fault, call, response);
      case 'fail-after':
        perform();
        return this.fail(fault.mode ?? 'hang', fault, call, response);
      case 'delay':
        await pause(fault.delayMs ?? 1000, undefined, { ref: false });
        return response.destroyed ? undefined : this.answer(response, call, perform());
      case 'arrive-late':
        response.destroy();
        await this.faults.removal(fault);
        return void perform();
      case 'swallow':
        return this.answer(response, call, { status: 204 });
      case undefined:
      case 'duplicate-notice':
      case 'reorder-notices':
      case 'drop-notice':
        return this.answer(response, call, perform());
    }
  }

  private perform(route: Route | undefined, call: Call): Reply {
    const vendor = this.vendor;
    return answerOf(vendor.store, route?.write ?? false, call, () => {
      if (route?.open !== true) vendor.admit(call);
      return route === undefined ? vendor.failure('not-found') : route.handle(call);
    });
  }

  private rejection(fault: Fault): Reply {
    const kind = fault.status === 401 ? 'unauthorized' : fault.status === 404 ? 'not-found' : 'rejected';
    return this.vendor.failure(kind, fault.status);
  }

  private async fail(mode: 'error' | 'hang' | 'reset', fault: Fault, call: Call, response: ServerResponse) {
    if (mode === 'reset') return void response.destroy();
    if (mode === 'error') {
      return this.answer(response, call, withRetryAfter(this.vendor.failure('unavailable', fault.status), fault));
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await pause(HANG_LIMIT_MS, undefined, { ref: false, signal: gone.signal }).catch(() => undefined);
    response.destroy();
  }

  private answer(response: ServerResponse, call: Call, reply: Reply): void {
    send(response, reply, { 'x-request-id': call.requestId, ...this.vendor.headers?.() });
  }
}

function withRetryAfter(reply: Reply, fault: Fault): Reply {
  if (fault.retryAfterSeconds === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(fault.retryAfterSeconds) } };
}

/** The url as a person would write it, so that a sentinel value is found; the raw text when it cannot be decoded. */
function decoded(url: string): string {
  try {
    return `${url}\n${decodeURIComponent(url)}`;
  } catch {
    return url;
  }
}
