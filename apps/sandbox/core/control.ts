/**
 * The experimenter's side of the sandbox: journal, objects, faults, actions, reset. For callers on this machine, and
 * for others only with the token that was set for them, because whoever can reach it can rewrite the systems.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FaultPlan } from './faults.ts';
import { numberOf, parseObject, textOf, type JsonObject, type JsonValue } from './json.ts';
import { SYSTEMS, type Journal, type SystemName } from './journal.ts';
import { ActionError, type Reply, type Vendor } from './vendor.ts';

export interface World {
  journal: Journal;
  faults: FaultPlan;
  vendors(): readonly Vendor[];
  credentials: JsonObject;
  notices(): JsonObject;
  reset(): void;
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);

/**
 * Why a caller may not use the control paths, or nothing. From elsewhere the token is the password of HTTP's basic
 * scheme, which curl and browsers speak; the user name does not matter.
 */
export function controlRefusal(
  caller: { address: string | undefined; authorization: string | undefined },
  token: string | undefined,
): Reply | undefined {
  if (isLoopback(caller.address)) return undefined;
  if (token === undefined) {
    return { status: 403, body: { error: 'control paths are for this machine only: set SANDBOX_CONTROL_TOKEN' } };
  }
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(caller.authorization ?? '')?.[1] ?? '';
  const given = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
  if (timingSafeEqual(digest(given), digest(token))) return undefined;
  const headers = { 'www-authenticate': 'Basic realm="sandbox control"' };
  return { status: 401, headers, body: { error: 'the control token is needed as the password' } };
}

/** Of equal length, as the comparison needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Answers a call under `/_sandbox`. */
export function control(world: World, method: string, path: string, query: URLSearchParams, body: string): Reply {
  try {
    return answer(world, `${method} ${path}`, query, body);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    return { status: error.status, body: { error: error.message } };
  }
}

function answer(world: World, operation: string, query: URLSearchParams, body: string): Reply {
  const fault = operation.match(/^DELETE \/faults\/([\w-]+)$/)?.[1];
  if (fault !== undefined) {
    if (!world.faults.remove(fault)) throw new ActionError(`no fault ${fault}`, 404);
    return { status: 204 };
  }
  switch (operation) {
    case 'GET /health':
      return { status: 200, body: { status: 'ok', sequence: world.journal.lastSequence() } };
    case 'GET /credentials':
      return { status: 200, body: world.credentials };
    case 'GET /journal':
      return { status: 200, body: journalOf(world, query) };
    case 'GET /objects':
      return { status: 200, body: { objects: objectsOf(world, query) } };
    case 'GET /notices':
      return { status: 200, body: world.notices() };
    case 'GET /faults':
      return { status: 200, body: { faults: world.faults.list().map((item) => ({ ...item })) } };
    case 'POST /faults':
      return { status: 201, body: { id: world.faults.add(bodyOf(body)) } };
    case 'DELETE /faults':
      world.faults.remove();
      return { status: 204 };
    case 'POST /actions':
      return { status: 200, body: act(world, bodyOf(body)) };
    case 'POST /reset':
      world.reset();
      return { status: 204 };
    default:
      throw new ActionError(`no control path ${operation}`, 404);
  }
}

function act(world: World, input: JsonObject): JsonValue {
  const { action, ...fields } = input;
  const name = textOf(action) ?? '';
  const operation = { operation: `ACTION ${name}`, requestId: randomUUID() };
  if (name === 'revoke-tokens') {
    const system = systemFrom(textOf(fields['system']) ?? null);
    for (const vendor of world.vendors()) if (vendor.system === system) vendor.revokeTokens();
    return { action: name, result: null };
  }
  for (const { actions } of world.vendors()) {
    const perform = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (perform !== undefined) return { action: name, result: perform(fields, operation) };
  }
  throw new ActionError(`no action ${name}`);
}

function journalOf(world: World, query: URLSearchParams): JsonObject {
  const since = numberOf(query.get('since') ?? '0');
  if (since === undefined) throw new ActionError('since must be a sequence number');
  const rows = world.journal.since(since, systemFrom(query.get('system')));
  return { rows: rows.map((row) => ({ ...row })), sequence: world.journal.lastSequence() };
}

function objectsOf(world: World, query: URLSearchParams): JsonValue[] {
  const system = systemFrom(query.get('system'));
  const vendors = world.vendors().filter((vendor) => system === undefined || vendor.system === system);
  return vendors.flatMap((vendor) =>
    vendor.store
      .objects(query.get('type') ?? undefined)
      .filter(({ id }) => !query.has('id') || id === query.get('id'))
      .map((found) => ({ system: vendor.system, ...found })),
  );
}

function systemFrom(name: string | null): SystemName | undefined {
  if (name === null || name === '') return undefined;
  const system = SYSTEMS.find((known) => known === name);
  if (system === undefined) throw new ActionError(`system must be one of ${SYSTEMS.join(', ')}`);
  return system;
}

function bodyOf(text: string): JsonObject {
  const body = parseObject(text);
  if (body === undefined) throw new ActionError('the body must be a JSON object');
  return body;
}
