/**
 * The sandbox as one server: vendors under their prefixes, the control paths, and the state behind them. Started by
 * main.ts as a process, and by tests in their own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { control, controlRefusal, type World } from './core/control.ts';
import { Exchange, readBody, send } from './core/exchange.ts';
import { FaultPlan } from './core/faults.ts';
import type { JsonObject } from './core/json.ts';
import { Journal } from './core/journal.ts';
import type { Vendor } from './core/vendor.ts';
import { credentialsFor, type Credentials, type GivenCredentials } from './credentials.ts';
import { kantata } from './kantata/kantata.ts';
import { netsuite } from './netsuite/netsuite.ts';
import { Notices } from './salesforce/notices.ts';
import { salesforce } from './salesforce/salesforce.ts';
import { baseMonthOf } from './seed/base-month.ts';
import { kantataSeed } from './seed/kantata.ts';
import { netsuiteSeed } from './seed/netsuite.ts';
import { salesforceSeed } from './seed/salesforce.ts';

export interface SandboxOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Absent: everything stays in memory. */
  dataDir?: string;
  /** Where Salesforce notices go; `{connectionId}` is filled in. */
  noticeUrl?: string;
  noticeSecret?: string;
  credentials?: GivenCredentials;
  /** What callers from other machines need for the control paths; without it they are refused. */
  controlToken?: string;
  /** 'YYYY-MM': the month that the seed's January 2026 becomes; kept with the data. */
  baseMonth?: string;
}

export interface Sandbox {
  /** Without a trailing slash. */
  url: string;
  credentials: Credentials;
  close(): Promise<void>;
}

/** Starts the three vendors on one port; rejects when the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const journal = new Journal(options.dataDir);
  const faults = new FaultPlan();
  const credentials = credentialsFor(options.credentials ?? {}, options.dataDir);
  const target =
    options.noticeUrl === undefined ? undefined : { url: options.noticeUrl, secret: options.noticeSecret ?? '' };
  const baseMonth = baseMonthOf(options.dataDir, options.baseMonth);
  const build = () => {
    const notices = new Notices(faults, target);
    const vendors: Vendor[] = [
      salesforce(journal, credentials.salesforce, notices, salesforceSeed(baseMonth)),
      kantata(journal, credentials.kantata, kantataSeed()),
      netsuite(journal, credentials.netsuite, netsuiteSeed(baseMonth)),
    ];
    const exchanges = new Map(vendors.map((vendor) => [vendor.system as string, new Exchange(vendor, faults)]));
    return { notices, vendors, exchanges };
  };
  let current = build();
  const world: World = {
    journal,
    faults,
    credentials: JSON.parse(JSON.stringify(credentials)) as JsonObject,
    vendors: () => current.vendors,
    notices: () => current.notices.status(),
    reset: () => {
      current.notices.close();
      faults.remove();
      journal.wipe();
      current = build();
    },
  };
  const server = createServer((request, response) => {
    serve(world, current.exchanges, options.controlToken, request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) send(response, { status: 500, body: { error: String(error) } });
    });
  });
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    credentials,
    close: async () => {
      current.notices.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      journal.close();
    },
  };
}

async function serve(
  world: World,
  exchanges: ReadonlyMap<string, Exchange>,
  controlToken: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  const [, prefix = '', tail = ''] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? [];
  const exchange = exchanges.get(prefix);
  if (exchange !== undefined) return exchange.serve(request, response, url, tail);
  if (prefix !== '_sandbox') return send(response, { status: 404, body: { error: `no system at /${prefix}` } });
  const caller = { address: request.socket.remoteAddress, authorization: request.headers.authorization };
  const refusal = controlRefusal(caller, controlToken);
  if (refusal !== undefined) return send(response, refusal);
  const body = await readBody(request);
  return send(response, control(world, request.method ?? 'GET', tail, url.searchParams, body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
