// The snapshot: a database with Tryton's modules and the companies of plan.ts, from which every Tryton of ours starts
// as a copy, in seconds. Each stage is made aside and renamed when it is whole, so that a run that was killed at any
// moment goes on with the last whole stage.
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { checkout, shortHash } from '../checkout.ts';
import { MODULES, seedPlan } from './plan.ts';
import { pythonEnvironment } from './python.ts';
import type { Series, Tools } from './tools.ts';
import { runProgram, type Workshop } from './workshop.ts';

/** Of a database of ours, as it is kept in it. */
export interface Description {
  /** Of what the database was made from: the name of its snapshot. */
  snapshot: string;
  companies: {
    legalEntityId: string;
    name: string;
    companyId: number;
    currency: string;
    /** By our account role, and `payable`, `payment-clearing`, `differences`. */
    accounts: Record<string, { id: number; code: string }>;
    /** Ids by our tax code. */
    taxes: Record<string, number>;
    /** Ids by name. */
    employees: Record<string, number>;
    paymentMethod: number;
    paymentJournal: number;
  }[];
  /** Ids by code. */
  products: Record<string, number>;
  journals: Record<string, number>;
  currencies: Record<string, number>;
  /** Ids by days. */
  paymentTerms: Record<string, number>;
  units: { hour: number; fee: number };
  /** Of the technical user, for the REST interface that 8.2 has; null on 6.0. */
  applicationKey: string | null;
  /** Passwords by login. */
  passwords: Record<string, string>;
}

const folder = join(checkout, 'scripts', 'tryton');

/** The name of the snapshot's database: it changes with everything that goes into one. */
export function snapshotName({ packages, series }: Tools): string {
  const seeding = readFileSync(join(folder, 'seed.py'));
  return `throughline_tryton_${shortHash(packages, seeding, JSON.stringify([MODULES, plan(series)]))}`;
}

/** The stage before: modules without companies, which outlives a change of the plan. */
function modulesName({ packages }: Tools): string {
  return `throughline_tryton_modules_${shortHash(packages, JSON.stringify(MODULES))}`;
}

function plan(series: Series) {
  return seedPlan(new Date().getUTCFullYear(), series);
}

/** Makes the snapshot on a server unless it is there, and returns its name. */
export async function makeSnapshot(serverUrl: string, tools: Tools, workshop: Workshop): Promise<string> {
  const name = snapshotName(tools);
  const server = new pg.Client(serverUrl);
  await server.connect();
  try {
    // Two accounts may share a server, and have a workshop each.
    await server.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    if (await exists(server, name)) return name;
    const modules = modulesName(tools);
    if (!(await exists(server, modules))) {
      const making = await makeAside(server, `${modules}_making`);
      await activateModules({ serverUrl, database: making, tools, workshop });
      await rename(server, making, modules);
    }
    const making = await makeAside(server, `${name}_making`, modules);
    await seed({ serverUrl, database: making, tools, workshop });
    await rename(server, making, name);
    await drop(server, modules);
    return name;
  } finally {
    await server.end();
  }
}

/** A copy of the snapshot under a name of its own, unless a database of that name is there. Returns its description. */
export async function openCopy(serverUrl: string, snapshot: string, name: string): Promise<Description> {
  const server = new pg.Client(serverUrl);
  await server.connect();
  try {
    if (!(await exists(server, name))) await makeAside(server, name, snapshot);
  } finally {
    await server.end();
  }
  const description = await describe(serverUrl, name);
  if (description.snapshot === snapshot) return description;
  throw new Error(
    `the database ${name} was made by another version of this set-up: \`npm run tryton -- --fresh\` begins a new one`,
  );
}

/** Drops a database of ours; harmless when there is none. */
export async function dropCopy(serverUrl: string, name: string): Promise<void> {
  const server = new pg.Client(serverUrl);
  await server.connect();
  try {
    await drop(server, name);
  } finally {
    await server.end();
  }
}

async function describe(serverUrl: string, name: string): Promise<Description> {
  const client = new pg.Client(databaseUrl(serverUrl, name));
  await client.connect();
  try {
    const { rows } = await client.query<{ description: Description }>('SELECT description FROM throughline.seed');
    if (!rows[0]) throw new Error(`the database ${name} has no description`);
    return rows[0].description;
  } finally {
    await client.end();
  }
}

interface Site {
  serverUrl: string;
  database: string;
  tools: Tools;
  workshop: Workshop;
}

async function activateModules({ serverUrl, database, tools, workshop }: Site): Promise<void> {
  const passwordFile = join(workshop.dir, 'password');
  writeFileSync(passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  try {
    await runProgram(workshop, `${MODULES.length} modules of Tryton and those they need`, {
      name: 'modules',
      command: [
        ...[tools.python, tools.trytondAdmin, '-d', database, '--email', 'admin@throughline.example'],
        ...['--activate-dependencies', '-u', 'ir', 'res', ...MODULES],
      ],
      env: trytonEnvironment(serverUrl, {
        ...tools.environment,
        TRYTONPASSFILE: passwordFile,
        // Tryton looks every column up in the information schema, and nested loops there take twice the time.
        PGOPTIONS: '-c enable_nestloop=off -c jit=off',
      }),
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function seed({ serverUrl, database, tools, workshop }: Site): Promise<void> {
  const data = plan(tools.series);
  const logins = ['admin', data.technicalUser.login, ...data.people.map(({ login }) => login)];
  const passwords = Object.fromEntries(logins.map((login) => [login, randomBytes(18).toString('base64url')]));
  const [planFile, resultFile] = [join(workshop.dir, 'plan.json'), join(workshop.dir, 'result.json')];
  writeFileSync(planFile, JSON.stringify(data));
  try {
    await runProgram(workshop, 'Companies, accounts, taxes, years and users', {
      name: 'seed',
      command: [tools.python, join(folder, 'seed.py'), planFile, resultFile],
      env: trytonEnvironment(serverUrl, {
        ...tools.environment,
        // Random ones have enough of it, also the one in fifty in which some letters are there too often for Tryton.
        TRYTOND_PASSWORD__ENTROPY: '0',
        TRYTON_DATABASE: database,
        TRYTON_PASSWORDS: JSON.stringify(passwords),
      }),
    });
    const result = JSON.parse(readFileSync(resultFile, 'utf8')) as Omit<Description, 'snapshot' | 'passwords'>;
    await keep(serverUrl, database, { snapshot: snapshotName(tools), ...result, passwords });
  } finally {
    for (const file of [planFile, resultFile]) rmSync(file, { force: true });
  }
}

/** The description goes into the database itself: so a copy is whole, wherever it is. */
async function keep(serverUrl: string, database: string, description: Description): Promise<void> {
  const client = new pg.Client(databaseUrl(serverUrl, database));
  await client.connect();
  try {
    await client.query('CREATE SCHEMA throughline');
    await client.query('CREATE TABLE throughline.seed (description json NOT NULL)');
    await client.query('INSERT INTO throughline.seed VALUES ($1)', [JSON.stringify(description)]);
  } finally {
    await client.end();
  }
}

/** What Tryton is told, all of it by the environment: no secret is on a command line or in a file of ours. */
export function trytonEnvironment(serverUrl: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const server = new URL(serverUrl);
  server.pathname = '/';
  server.protocol = 'postgresql:';
  return pythonEnvironment({
    TRYTOND_DATABASE__URI: server.href,
    TRYTOND_DATABASE__LIST: 'False',
    TRYTOND_SESSION__TIMEOUT: '86400',
    TRYTOND_EMAIL__URI: 'smtp://127.0.0.1:9', // nobody listens there: nothing is ever mailed
    ...more,
  });
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function exists(server: pg.Client, name: string): Promise<boolean> {
  return (await server.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rowCount === 1;
}

async function makeAside(server: pg.Client, name: string, template = 'template0'): Promise<string> {
  await drop(server, name);
  await server.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`);
  return name;
}

async function rename(server: pg.Client, from: string, to: string): Promise<void> {
  await server.query(`ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`);
}

async function drop(server: pg.Client, name: string): Promise<void> {
  await server.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}
