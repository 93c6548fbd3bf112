// A session with Tryton over JSON-RPC, for scripts and tests, which act as people do. Exactly the three keys of a
// request: with any other, Tryton answers with HTTP codes and pages instead of errors that can be read.

import type { Series } from './tools.ts';

export interface Address {
  /** Of the server, without the database. */
  url: string;
  database: string;
  series: Series;
}

/** Behind the database in an address. */
export const RPC_PATH: Readonly<Record<Series, string>> = { '8.2': 'rpc/', '6.0': '' };

/** Tryton said no. */
export class TrytonRefusal extends Error {
  /** UserError, UserWarning and the like; `HTTP403` where the answer was not one of the protocol. */
  readonly kind: string;

  constructor(kind: string, text: string) {
    super(`${kind}: ${text}`);
    this.kind = kind;
  }
}

export interface TrytonSession {
  userId: number;
  /** Any method of the protocol. */
  call: (method: string, params: unknown[]) => Promise<unknown>;
  /** A method of a model, in a company if one is given. */
  model: <T = unknown>(model: string, method: string, args: unknown[], companyId?: number) => Promise<T>;
}

/** Logs in. @throws TrytonRefusal with kind HTTP401 for a wrong password, or the error of `fetch` */
export async function logIn(address: Address, login: string, password: string): Promise<TrytonSession> {
  const [userId, token] = (await post(address, 'common.db.login', [login, { password }])) as [number, string];
  const authorization = `Session ${Buffer.from(`${login}:${userId}:${token}`).toString('base64')}`;
  const call = (method: string, params: unknown[]): Promise<unknown> => post(address, method, params, authorization);
  const preferences = (await call('model.res.user.get_preferences', [true, {}])) as Record<string, unknown>;
  const model = <T>(name: string, method: string, args: unknown[], companyId?: number): Promise<T> => {
    const context = { ...preferences, locale: undefined, ...(companyId !== undefined && { company: companyId }) };
    return call(`model.${name}.${method}`, [...args, context]) as Promise<T>;
  };
  return { userId, call, model };
}

async function post({ url, database, series }: Address, method: string, params: unknown[], authorization?: string) {
  const response = await fetch(`${url}/${database}/${RPC_PATH[series]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ id: 1, method, params }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (response.status !== 200) throw new TrytonRefusal(`HTTP${response.status}`, text.slice(0, 200));
  const answer = JSON.parse(text) as { result?: unknown; error?: [string, unknown] };
  if (answer.error) throw new TrytonRefusal(answer.error[0], JSON.stringify(answer.error[1] ?? null).slice(0, 500));
  return answer.result;
}

/** A decimal as Tryton wants it: as a number of JSON it is refused. */
export function decimal(value: string): object {
  return { __class__: 'Decimal', decimal: value };
}

/** A date `YYYY-MM-DD` as Tryton wants it. */
export function date(value: string): object {
  const [year, month, day] = value.split('-').map(Number);
  return { __class__: 'date', year, month, day };
}
