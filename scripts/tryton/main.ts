// `npm run tryton` after the bootstrap: takes its directory, prepares the ground, starts Tryton and stays up. Whatever
// was started is stopped in reverse order, on Ctrl-C, after a failure and at the end of `--once` alike.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopLeftOver, takeLock } from '../processes.ts';
import { removePostgres } from '../postgres.ts';
import { homeDirectory } from '../up/home.ts';
import { keepRunning } from '../up/supervisor.ts';
import { prepareGround } from './ground.ts';
import { TECHNICAL_USER } from './rights.ts';
import { logIn, RPC_PATH } from './rpc.ts';
import { startTryton, type Tryton } from './server.ts';
import type { Series } from './tools.ts';
import { dropCopy } from './snapshot.ts';

/** Each series has a directory and a database of its own: the data of one are nothing to the other. */
const PLACES: Readonly<Record<Series, { directory: string; database: string }>> = {
  '8.2': { directory: 'tryton', database: 'throughline_tryton' },
  '6.0': { directory: 'tryton-6.0', database: 'throughline_tryton_6_0' },
};
const PREFERRED_PORT = 3600;

/** What scripts/tryton/arguments.mjs reads from the command line. */
export interface TrytonArguments {
  series: Series;
  fresh: boolean;
  once: boolean;
}

const say = (line: string): void => console.log(line);

/** Sets up and starts Tryton, stays until a signal or a failure, stops all. Resolves to the exit code. */
export async function tryton(options: TrytonArguments): Promise<number> {
  const dir = join(homeDirectory(), PLACES[options.series].directory);
  const giveUp = new AbortController();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!giveUp.signal.aborted) say('\nStopping ...');
        giveUp.abort(new Error('stopped'));
        resolve(options.once ? 1 : 0);
      });
    }
  });
  try {
    const release = take(dir);
    try {
      return await live(dir, options, giveUp.signal, interrupted);
    } finally {
      release();
    }
  } catch (error) {
    if (giveUp.signal.aborted) return interrupted;
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function take(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o711 }); // as root, PostgreSQL runs as another account
  const lock = takeLock(join(dir, 'lock'));
  if ('release' in lock) return lock.release;
  throw new Error(
    `Tryton already runs on ${dir} (process ${lock.holder}; see tryton.json there). Stop it with Ctrl-C in its ` +
      'terminal, or set THROUGHLINE_HOME to another directory for a second one.',
  );
}

/** Each step of the start waits until it can be stopped cleanly, so what is started is known and ended here. */
async function live(
  dir: string,
  { series, fresh, once }: TrytonArguments,
  signal: AbortSignal,
  interrupted: Promise<number>,
): Promise<number> {
  const { database } = PLACES[series];
  if (await stopLeftOver(join(dir, 'trytond.pid.json'))) say('  Stopped the Tryton of an earlier run');
  if (fresh) await startOver(dir);
  say(`Data in ${dir}`);
  const { ground, postgres, versions } = await prepareGround({ series, dir, say, signal });
  try {
    if (fresh && postgres.kind === 'external') await dropCopy(ground.serverUrl, database);
    signal.throwIfAborted();
    say(`  PostgreSQL ${postgres.version} (${postgres.kind}) at ${new URL(postgres.url).host}`);
    const began = Date.now();
    const server = await startTryton({ ground, dir, database, port: PREFERRED_PORT, say });
    try {
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      say(`  Tryton ${versions.trytond} (Python ${versions.python}) at ${server.url} (${seconds} s)`);
      writeAddresses(dir, server);
      await prove(server);
      if (once) return 0;
      say(describe(dir, server));
      const kept = [keepRunning('Tryton', server, say), keepRunning('PostgreSQL', postgres, say)];
      const failed = Promise.race(kept.map((each) => each.failed)).then((reason) => {
        if (!signal.aborted) say(`\n${reason}`);
        return 1;
      });
      const code = await Promise.race([interrupted, failed]);
      for (const each of kept) await each.stop();
      return code;
    } finally {
      rmSync(join(dir, 'tryton.json'), { force: true });
      await server.stop();
    }
  } finally {
    await postgres.stop();
  }
}

async function startOver(dir: string): Promise<void> {
  await removePostgres({ dir: join(dir, 'postgres') });
  for (const name of readdirSync(dir).filter((entry) => entry !== 'lock')) {
    rmSync(join(dir, name), { recursive: true, force: true });
  }
}

/** Addresses, ids and secrets for others, readable by this account only. */
function writeAddresses(dir: string, server: Tryton): void {
  const { url, database, companies, products, journals, currencies, paymentTerms, units } = server;
  const content = {
    ...{ url, database, rpc: rpcOf(server), rest: restOf(server) },
    ...{ technicalUser: TECHNICAL_USER, applicationKey: server.applicationKey, passwords: server.passwords },
    ...{ companies, products, journals, currencies, paymentTerms, units },
    ...{ pid: process.pid, logFile: server.logFile },
  };
  const file = join(dir, 'tryton.json');
  if (existsSync(file)) rmSync(file); // so that the mode is ours, whatever was there
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}

function rpcOf({ url, database, series }: Tryton): string {
  return `${url}/${database}/${RPC_PATH[series]}`;
}

/** Series 6.0 has no such interface. */
function restOf({ url, database, applicationKey }: Tryton): string | undefined {
  return applicationKey === null ? undefined : `${url}/${database}/rest/model/`;
}

/** The technical user logs in and reads the accounts of each company. @throws Error when some are missing */
async function prove(server: Tryton): Promise<void> {
  const session = await logIn(server, TECHNICAL_USER, server.passwords[TECHNICAL_USER] ?? '');
  for (const { companyId, name, currency, accounts } of server.companies) {
    const domain = [['company', '=', companyId]];
    const found = await session.model<number>('account.account', 'search_count', [domain], companyId);
    const wanted = Object.keys(accounts).length;
    if (found < wanted) throw new Error(`${name} has ${found} accounts, ${wanted} were made`);
    say(`  ${name}: ${currency}, ${found} accounts`);
  }
}

function describe(dir: string, server: Tryton): string {
  const { passwords, logFile } = server;
  const rest = restOf(server);
  return [
    '',
    `  JSON-RPC   ${rpcOf(server)}`,
    ...(rest === undefined ? [] : [`  REST       ${rest}`]),
    `  Users      ${Object.keys(passwords).join(', ')}`,
    `  Secrets    ${join(dir, 'tryton.json')}`,
    `  Log        ${logFile}`,
    '\nUp. Ctrl-C stops everything; the next start goes on with the same data.',
  ].join('\n');
}
