// A Python for Tryton 8.2 that leaves the user's own alone: an interpreter 3.10 or newer is looked for, and Tryton
// lives in a virtual environment of the cache, with exactly the packages of requirements.txt.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, checkout, shortHash } from '../checkout.ts';
import type { Tools } from './tools.ts';
import { runProgram, type Workshop } from './workshop.ts';

const run = promisify(execFile);
const OLDEST = [3, 10] as const;
const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const PROBE = 'import sys, venv, ensurepip; print(sys.executable, *sys.version_info[:3])';
const requirements = join(checkout, 'scripts', 'tryton', 'requirements.txt');

export interface Python {
  /** Absolute path of the interpreter itself, not of a shim that starts it. */
  executable: string;
  version: string;
}

/**
 * The first interpreter on the PATH that is new enough and can make virtual environments; `THROUGHLINE_PYTHON` names
 * another one.
 * @throws Error with the remedies when there is none
 */
export async function findPython(): Promise<Python> {
  const failures: string[] = [];
  const wanted = process.env.THROUGHLINE_PYTHON;
  for (const name of wanted ? [wanted] : NAMES) {
    const found = await probe(name);
    if (typeof found !== 'string') return found;
    failures.push(found);
  }
  const needed = OLDEST.join('.');
  const told = failures.filter((failure) => failure !== '');
  throw new Error(
    [
      `no Python ${needed} or newer that can make virtual environments was found:`,
      ...(told.length > 0 ? told : ['there is no Python on the PATH']).map((failure) => `  - ${failure}`),
      'Any one of these helps:',
      `  1. install Python ${needed} or newer (https://www.python.org/downloads), on Debian with python3-venv`,
      '  2. set THROUGHLINE_PYTHON to the path of one that is not on the PATH',
    ].join('\n'),
  );
}

/** The interpreter, or what is wrong with it; nothing where there is none of this name. */
async function probe(name: string): Promise<Python | string> {
  try {
    const { stdout } = await run(name, ['-c', PROBE], { env: pythonEnvironment(), timeout: 30_000 });
    const [, executable = '', major, minor, patch] = /^(.*) (\d+) (\d+) (\d+)$/.exec(stdout.trim()) ?? [];
    const version = `${major}.${minor}.${patch}`;
    const isNewEnough = Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1];
    return isNewEnough ? { executable, version } : `${name} is ${version}`;
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === 'ENOENT') return process.env.THROUGHLINE_PYTHON ? `${name} is not there` : '';
    if (/No module named '?(venv|ensurepip)/.test(stderr ?? '')) return `${name} has no venv (python3-venv is missing)`;
    return `${name} cannot be used: ${stderr?.trim().split('\n').at(-1) ?? String(error)}`;
  }
}

/** The environment of this process without what would lead Python or Tryton to other places. */
export function pythonEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const foreign = /^(TRYTOND?_?|PYTHON(HOME|PATH|STARTUP)$|VIRTUAL_ENV$|PIP_(USER|TARGET|PREFIX|REQUIRE_VIRTUALENV)$)/;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), PYTHONNOUSERSITE: '1', PYTHONUNBUFFERED: '1', TZ: 'UTC', ...more };
}

/**
 * The virtual environment with Tryton, made if it is not there. One whose making was interrupted is made anew, because
 * a package that was half written looks installed to pip.
 */
export async function prepareVenv(workshop: Workshop): Promise<Tools> {
  const python = await findPython();
  const [series] = /^\d+\.\d+/.exec(python.version) ?? [];
  const home = join(cacheDirectory(), 'tryton', `venv-${shortHash(readFileSync(requirements), series ?? '')}`);
  const bin = (name: string): string => join(home, 'bin', name);
  const tools: Tools = {
    series: '8.2',
    ...{ python: bin('python'), trytond: bin('trytond'), trytondAdmin: bin('trytond-admin') },
    environment: {},
    packages: readFileSync(requirements, 'utf8'),
  };
  const stamp = join(home, 'complete');
  if (existsSync(stamp) && existsSync(tools.python)) return tools;
  mkdirSync(join(home, '..'), { recursive: true });
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  await runProgram(workshop, `Python ${python.version}, a virtual environment`, {
    name: 'venv',
    command: [python.executable, '-m', 'venv', home],
    env: pythonEnvironment(),
  });
  const pip = {
    name: 'pip',
    command: [tools.python, '-m', 'pip', ...pipArguments()],
    env: pythonEnvironment(),
  };
  await runProgram(workshop, 'Packages of Tryton from PyPI', pip).catch((error: unknown) => {
    workshop.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${WITHOUT_PYPI}`, { cause: error });
  });
  writeFileSync(stamp, '');
  return tools;
}

const WITHOUT_PYPI = [
  'Tryton is installed from PyPI. Where it cannot be reached, any one of these helps:',
  '  1. a connection to the Python Package Index and its files (HTTPS_PROXY names a proxy)',
  '  2. set PIP_INDEX_URL to a mirror of PyPI; the hashes of scripts/tryton/requirements.txt hold there, too',
].join('\n');

function pipArguments(): string[] {
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-warn-script-location'];
  return ['install', ...quiet, '--require-hashes', '--requirement', requirements];
}
