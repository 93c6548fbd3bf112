// Setting Tryton up without Tryton: which Python is taken, what is done about programs that fail, hang or were left
// behind. That the set-up makes a working ERP is proven by `npm run test:tryton`.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, startProgram } from '../../scripts/processes.ts';
import { MODULES, seedPlan } from '../../scripts/tryton/plan.ts';
import { findPython, prepareVenv, pythonEnvironment } from '../../scripts/tryton/python.ts';
import { RIGHTS } from '../../scripts/tryton/rights.ts';
import { prepareTools } from '../../scripts/tryton/tools.ts';
import { trytonEnvironment } from '../../scripts/tryton/snapshot.ts';
import { startOver } from '../../scripts/up/home.ts';
import { inWorkshop, runProgram } from '../../scripts/tryton/workshop.ts';

let home: string;
const environment = { ...process.env };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'throughline-tryton-unit-'));
  process.env.XDG_CACHE_HOME = join(home, 'cache');
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(home, { recursive: true, force: true });
});

/** A stand-in for Python: a shell script that prints a text or fails with it. */
function stub(name: string, text: string, exitCode = 0): string {
  const file = join(home, name);
  writeFileSync(file, `#!/bin/sh\necho "${text}" ${exitCode ? '>&2' : ''}\nexit ${exitCode}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('the Python for Tryton', () => {
  test('is the first one on the PATH that is new enough, and the interpreter behind a shim', async () => {
    delete process.env.THROUGHLINE_PYTHON;
    process.env.PATH = home;
    stub('python3', '/usr/bin/python3.9 3 9 2');
    stub('python3.13', "ModuleNotFoundError: No module named 'ensurepip'", 1);
    stub('python3.11', '/opt/a place/python3.11 3 11 7');
    expect(await findPython()).toEqual({ executable: '/opt/a place/python3.11', version: '3.11.7' });
  });

  test('that is too old, or without venv, ends with what was found and what helps', async () => {
    delete process.env.THROUGHLINE_PYTHON;
    process.env.PATH = home;
    stub('python3', '/usr/bin/python3.9 3 9 2');
    stub('python3.12', "ModuleNotFoundError: No module named 'ensurepip'", 1);
    const message = await findPython().catch((error: Error) => error.message);
    expect(message).toMatch(/no Python 3\.10 or newer/);
    expect(message).toMatch(/python3 is 3\.9\.2\n.*python3\.12 has no venv/);
    expect(message).toMatch(/install Python 3\.10.*\n.*THROUGHLINE_PYTHON/);
  });

  test('that is not there at all ends with that, and with what helps', async () => {
    delete process.env.THROUGHLINE_PYTHON;
    process.env.PATH = home;
    await expect(findPython()).rejects.toThrow(/there is no Python on the PATH\n.*helps:\n.*install Python 3\.10/);
  });

  test('that is named is the only one tried', async () => {
    process.env.THROUGHLINE_PYTHON = join(home, 'nowhere');
    await expect(findPython()).rejects.toThrow(/nowhere is not there/);
  });

  test('whose packages cannot be had ends with what pip says and what helps, and begins anew next time', async () => {
    // It makes an environment whose Python says what pip says without a network.
    const pip = '#!/bin/sh\\necho "No matching distribution found for trytond" >&2\\nexit 1\\n';
    const venv = `mkdir -p "$3/bin" && printf '${pip}' > "$3/bin/python" && chmod +x "$3/bin/python"`;
    const python = join(home, 'python3');
    writeFileSync(python, `#!/bin/sh\ncase "$1" in -c) echo "$0 3 11 7";; -m) ${venv};; esac\n`);
    chmodSync(python, 0o755);
    process.env.THROUGHLINE_PYTHON = python;
    const workshop = { say: () => undefined, signal: new AbortController().signal, dir: home };
    const message = await prepareVenv(workshop).catch((error: Error) => error.message);
    expect(message).toMatch(/No matching distribution found for trytond\n.*installed from PyPI/s);
    expect(message).toMatch(/HTTPS_PROXY.*\n.*PIP_INDEX_URL/);
    await expect(prepareVenv(workshop)).rejects.toThrow(/PIP_INDEX_URL/);
  });

  test('is not led elsewhere by the variables of the user, and leaves the user site alone', () => {
    process.env.PYTHONPATH = '/somewhere';
    process.env.PIP_USER = '1';
    process.env.TRYTOND_DATABASE__URI = 'postgresql://production/';
    const { PYTHONPATH, PIP_USER, TRYTOND_DATABASE__URI, PYTHONNOUSERSITE, PATH } = pythonEnvironment();
    expect({ PYTHONPATH, PIP_USER, TRYTOND_DATABASE__URI }).toEqual({});
    expect({ PYTHONNOUSERSITE, PATH }).toEqual({ PYTHONNOUSERSITE: '1', PATH: process.env.PATH });
  });
});

describe('Tryton 6.0 from Debian', () => {
  const workshop = () => ({ say: () => undefined, signal: new AbortController().signal, dir: home });

  test('is not taken from a system that offers another series, and the remedies are said', async () => {
    stub('apt-get', 'Inst tryton-server (7.0.30-1 Debian:13/stable [all])');
    process.env.PATH = `${home}:${process.env.PATH ?? ''}`;
    const message = await prepareTools('6.0', workshop()).catch((error: Error) => error.message);
    expect(message).toMatch(/this system offers tryton-server=7\.0\.30-1|there is no \/usr\/bin\/python3/);
    expect(message).toMatch(/1\. use Debian 12.*\n.*series 8\.2 needs none of it/);
  });

  test('that apt cannot get ends with what apt says, and begins anew next time', async () => {
    stub('apt-get', 'E: Unable to locate package tryton-server', 100);
    process.env.PATH = `${home}:${process.env.PATH ?? ''}`;
    await expect(prepareTools('6.0', workshop())).rejects.toThrow(/Unable to locate|there is no \/usr\/bin\/python3/);
    await expect(prepareTools('6.0', workshop())).rejects.toThrow(/Debian 12/);
  });
});

describe('a program of the set-up', () => {
  const node = (code: string) => ({ name: 'step', command: [process.execPath, '-e', code], env: process.env });
  const workshop = (signal = new AbortController().signal) => {
    const said: string[] = [];
    return { said, say: (line: string) => void said.push(line), signal, dir: home };
  };

  test('is told when it begins and, with its seconds, when it has ended', async () => {
    const place = workshop();
    await runProgram(place, 'Packages', node(''));
    expect(place.said).toEqual(['  Packages ...', expect.stringMatching(/^ {2}Packages \(\d+\.\d s\)$/)]);
  });

  test('that fails ends the set-up with the end of what it printed', async () => {
    const failing = node('console.error("no space left on device"); process.exit(3)');
    await expect(runProgram(workshop(), 'Packages', failing)).rejects.toThrow(/exit code 3.*no space left on device/s);
  });

  test('that is not there at all ends it too', async () => {
    const missing = { name: 'step', command: [join(home, 'nothing')], env: process.env };
    await expect(runProgram(workshop(), 'Packages', missing)).rejects.toThrow(/Packages/);
  });

  test('is stopped when the set-up is given up', async () => {
    const giveUp = new AbortController();
    const running = runProgram(workshop(giveUp.signal), 'Packages', node('setTimeout(() => {}, 60000)'));
    const noteFile = join(home, 'step.pid.json');
    while (!existsSync(noteFile)) await delay(10);
    const { pid } = JSON.parse(readFileSync(noteFile, 'utf8')) as { pid: number };
    giveUp.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    expect(isAlive(pid)).toBe(false);
  });
});

describe('the place where Tryton is set up', () => {
  const quietly = { say: () => undefined, signal: new AbortController().signal };

  test('is one at a time: the second set-up begins when the first has ended, and says whom it waits for', async () => {
    const order: string[] = [];
    const said: string[] = [];
    const first = inWorkshop(quietly, async () => {
      await delay(300);
      order.push('first');
    });
    await inWorkshop({ ...quietly, say: (line) => void said.push(line) }, () => Promise.resolve(order.push('second')));
    await first;
    expect(order).toEqual(['first', 'second']);
    expect(said).toEqual([expect.stringContaining(`Process ${process.pid} is setting Tryton up`)]);
  });

  test('is free again after a failure', async () => {
    await expect(inWorkshop(quietly, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(await inWorkshop(quietly, () => Promise.resolve('made'))).toBe('made');
  });

  test('is cleared of what a killed set-up left running before anything is made', async () => {
    const dir = join(home, 'cache', 'throughline', 'tryton', 'set-up');
    mkdirSync(dir, { recursive: true });
    const command = [process.execPath, '-e', 'setTimeout(() => {}, 60000)'];
    const left = startProgram({ name: 'pip', command, logFile: join(dir, 'pip.log'), pidDirectory: dir });
    const said: string[] = [];
    const wasAlive = await inWorkshop({ ...quietly, say: (line) => void said.push(line) }, () =>
      Promise.resolve(left.exitCode === null && left.signalCode === null && isAlive(left.pid ?? 0)),
    );
    expect(wasAlive).toBe(false);
    expect(said).toEqual(['  Stopped the pip of a set-up that was interrupted']);
  });
});

describe('a fresh start of up', () => {
  test('leaves the data of Tryton and its profile alone, which are another command’s and may run', async () => {
    delete process.env.DATABASE_URL;
    delete process.env.TEMPORAL_ADDRESS;
    for (const name of ['logs', 'tryton', 'profile-tryton']) mkdirSync(join(home, name));
    await startOver(home, 'sandbox');
    expect(readdirSync(home).filter((name) => /logs|tryton/.test(name))).toEqual(['profile-tryton', 'tryton']);
  });
});

describe('what is told to Tryton', () => {
  test('is the server without a database, and a password as it was given', () => {
    const { TRYTOND_DATABASE__URI } = trytonEnvironment(
      'postgres://someone:p%40ss@db.example:5433/postgres?sslmode=require',
    );
    expect(TRYTOND_DATABASE__URI).toBe('postgresql://someone:p%40ss@db.example:5433/?sslmode=require');
  });
});

describe('the plan', () => {
  test('reaches from before the sandbox’s own months to where tests go, and three years past any day', () => {
    expect(seedPlan(2026).years).toEqual({ first: 2025, last: 2034 });
    expect(seedPlan(2040).years).toEqual({ first: 2025, last: 2043 });
  });

  test('has a company per currency, each with an account for every role and no number twice', () => {
    const { companies } = seedPlan(2026);
    expect(companies.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
    for (const { accounts } of companies) {
      expect(accounts.map(({ role }) => role)).toEqual(
        expect.arrayContaining(['receivable', 'unbilled-receivable', 'contract-asset', 'contract-liability']),
      );
      expect(accounts).toHaveLength(new Set(accounts.map(({ code }) => code)).size);
    }
  });

  test('gives the technical user no right to delete anything, and each right once, with its reason', () => {
    const models = RIGHTS.flatMap((right) => right.models);
    expect(models).toHaveLength(new Set(models).size);
    expect(RIGHTS.filter(({ may, why }) => (may as string[]).includes('delete') || why === '')).toEqual([]);
  });

  test('activates modules whose packages are pinned, and every pin has hashes', () => {
    const text = readFileSync(join(process.cwd(), 'scripts', 'tryton', 'requirements.txt'), 'utf8');
    const pins = text.replaceAll(/^#.*\n/gm, '').split(/^(?=[a-z])/m);
    const named = (name: string) => pins.some((pin) => pin.startsWith(`trytond-${name.replaceAll('_', '-')}==8.2.`));
    expect(MODULES.filter((module) => !named(module))).toEqual([]);
    expect(pins.filter((pin) => !/^[a-z0-9[\]-]+==[^ ]+ .*\\\n +--hash=sha256:[0-9a-f]{64}/s.test(pin))).toEqual([]);
    expect(text).not.toMatch(/https?:/);
  });
});

describe('the command line of tryton', () => {
  const tryton = (...args: string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const script = join(process.cwd(), 'scripts', 'tryton.mjs');
      execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
      );
    });

  test('help is told at once: nothing is installed, built or started for it', async () => {
    const { code, output } = await tryton('--help');
    expect(code).toBe(0);
    expect(output).toContain('--fresh');
    expect(output).not.toMatch(/Installing|Building/);
  });

  test('a series that cannot be set up ends with 2 and the ones that can', async () => {
    for (const args of [['--series', '7.0'], ['--series=7.0'], ['--series=6.0=x'], ['--series']]) {
      const { code, output } = await tryton(...args);
      expect([code, output.trim()]).toEqual([2, expect.stringMatching(/^--series is one of 8\.2, 6\.0, not /)]);
    }
  });

  test('a mistyped option ends with 2 before anything is done', async () => {
    const { code, output } = await tryton('--frsh');
    expect({ code, output: output.trim() }).toEqual({
      code: 2,
      output: 'unknown option --frsh; npm run tryton -- --help lists the options',
    });
  });
});
