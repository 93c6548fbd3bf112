/**
 * A proxy that stands in front of any system and makes its calls fail as networks and servers do. It knows neither us
 * nor the system: a rule names method, path and a text of the body, how often it holds, and what goes wrong. What a
 * rule did is counted, because a fault that met no call proves nothing.
 */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How a call fails. */
export const FAULTS = ['fail-before', 'fail-after', 'reset', 'slow'] as const;

/** What goes wrong with the calls that match; what is left out matches any. */
export interface Rule {
  /**
   * `fail-before`: answered with `status`, and nothing arrives. `reset`: the connection breaks, and nothing arrives.
   * `fail-after`: carried out, and the connection breaks instead of the answer. `slow`: arrives after `delayMs`, even
   * if the caller has left.
   */
  fault: (typeof FAULTS)[number];
  /** Of HTTP: `POST`. */
  method?: string;
  /** In the path. */
  path?: string;
  /** In the body, such as the name of a method of RPC; all of several. */
  body?: string | string[];
  /** How many calls, one by default. */
  times?: number | 'always';
  /** Of the answer of `fail-before`. */
  status?: number;
  /** Milliseconds. */
  delayMs?: number;
}

/** A rule that was set. */
export interface ActiveRule extends Rule {
  id: string;
  /** Calls that it met. */
  hits: number;
}

export interface FaultProxy {
  url: string;
  add: (rule: Rule) => ActiveRule;
  rules: () => ActiveRule[];
  /** Takes all rules away. */
  clear: () => void;
  close: () => Promise<void>;
}

/** Where rules are set from outside: `POST`, `GET` and `DELETE`. */
export const CONTROL_PATH = '/_faults';

const STATUS = 503;
const DELAY_MS = 5_000;

/** Starts a proxy in front of `target`, an address with http. */
export async function startFaultProxy({
  target,
  port = 0,
  host = '127.0.0.1',
}: {
  target: string;
  port?: number;
  host?: string;
}): Promise<FaultProxy> {
  let rules: ActiveRule[] = [];
  let count = 0;
  const add = (rule: Rule): ActiveRule => {
    const active = { ...rule, id: String((count += 1)), hits: 0 };
    rules.push(active);
    return active;
  };
  const clear = (): void => void (rules = []);
  const server = createServer((incoming, answer) => {
    void readAll(incoming)
      .then(async (body) => {
        if (incoming.url === CONTROL_PATH) return control(incoming.method, body, answer);
        const rule = rules.find((each) => matches(each, incoming, body));
        if (rule) rule.hits += 1;
        await carryOut(rule, { target, incoming, body, answer });
      })
      .catch(() => answer.destroy());
  });
  const control = (method: string | undefined, body: Buffer, answer: ServerResponse): void => {
    if (method === 'DELETE') clear();
    const rule = method === 'POST' ? readRule(body) : undefined;
    if (typeof rule === 'string') return reply(answer, 400, { error: rule });
    reply(answer, rule ? 201 : 200, rule ? add(rule) : { rules });
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  const url = `http://${host}:${String((server.address() as AddressInfo).port)}`;
  return { url, add, rules: () => rules, clear, close };
}

function matches({ method, path, body = [], times = 1, hits }: ActiveRule, incoming: IncomingMessage, sent: Buffer) {
  if (times !== 'always' && hits >= times) return false;
  if (method !== undefined && method !== incoming.method) return false;
  if (path !== undefined && incoming.url?.includes(path) !== true) return false;
  return [body].flat().every((text) => sent.includes(text));
}

interface Call {
  target: string;
  incoming: IncomingMessage;
  body: Buffer;
  answer: ServerResponse;
}

async function carryOut(rule: Rule | undefined, call: Call): Promise<void> {
  const { answer } = call;
  if (rule?.fault === 'reset') return void answer.destroy();
  if (rule?.fault === 'fail-before') return reply(answer, rule.status ?? STATUS, { error: 'a fault of the proxy' });
  if (rule?.fault === 'slow') await delay(rule.delayMs ?? DELAY_MS);
  const { status, headers, content } = await forward(call);
  if (rule?.fault === 'fail-after') return void answer.destroy();
  answer.writeHead(status, headers).end(content);
}

/** Sends the call on, whole, and waits for the whole answer. */
async function forward({ target, incoming, body }: Call) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, headers } = incoming;
    const outgoing = send(new URL(incoming.url ?? '/', target), { method, headers: endToEnd(headers) }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  const content = await readAll(response);
  return { status: response.statusCode ?? 502, headers: endToEnd(response.headers), content };
}

/** Headers of one connection are not those of the next. */
function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const hop = ['connection', 'keep-alive', 'transfer-encoding', 'host'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hop.includes(name)));
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The rule, or what is wrong with it. */
function readRule(body: Buffer): Rule | string {
  try {
    const rule = JSON.parse(body.toString('utf8')) as Rule;
    return FAULTS.includes(rule.fault) ? rule : `fault must be one of ${FAULTS.join(', ')}`;
  } catch {
    return 'a rule is a JSON object';
  }
}

function reply(answer: ServerResponse, status: number, content: object): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
