// The first step on a fresh clone, before anything is installed: what it decides, and why.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Bootstrap {
  nodeProblem: (version: string, range: string) => string | undefined;
  isInstalled: (folder: string) => boolean;
}

/** Imported by address, as it is plain JavaScript without types: it must run before TypeScript is there. */
const address = pathToFileURL(join(process.cwd(), 'scripts', 'bootstrap.mjs')).href;
const { nodeProblem, isInstalled } = (await import(address)) as Bootstrap;

describe('the version of Node.js', () => {
  test.each(['20.18.9', '18.99.0', '19.20.0'])('%s is refused with what is needed and where to get it', (version) => {
    expect(nodeProblem(version, '>=20.19.0')).toMatch(/20\.19\.0 or newer is needed, this is .*nodejs\.org/);
  });

  test.each(['20.19.0', '20.19.1', '20.20.0', '22.0.0'])('%s is fine', (version) => {
    expect(nodeProblem(version, '>=20.19.0')).toBeUndefined();
  });
});

describe('the installed packages', () => {
  let folder: string;
  const lock = (packages: object) => JSON.stringify({ packages });
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'throughline-bootstrap-test-'));
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package-lock.json'), lock(wanted));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const install = (packages: object) =>
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), lock(packages));

  test('are missing on a fresh clone, and after an installation that was interrupted', () => {
    expect(isInstalled(folder)).toBe(false);
  });

  test('are complete without the optional package of another platform', () => {
    install({ 'node_modules/a': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(true);
  });

  test('are out of date when the lock file asks for another version', () => {
    install({ 'node_modules/a': { version: '0.9.0' } });
    expect(isInstalled(folder)).toBe(false);
    install({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(false);
  });
});

test('the help of up needs no data directory and no server', async () => {
  const { HELP, parseUpArguments } = await import('../../scripts/up/arguments.ts');
  expect(HELP).toContain('--fresh');
  expect(parseUpArguments(['--fresh', '--once', '--no-demo'])).toEqual({
    fresh: true,
    once: true,
    demo: false,
    help: false,
  });
  expect(() => parseUpArguments(['--frsh'])).toThrow(/--frsh/);
});

test('a command of the bootstrap on an old Node.js ends with 1 and says why', async () => {
  const script = `process.versions.node; Object.defineProperty(process.versions, 'node', { value: '18.0.0' });
    const { bootstrap } = await import(${JSON.stringify(address)}); await bootstrap();`;
  const [code, output] = await new Promise<[unknown, string]>((resolve) =>
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, _out, errors) =>
      resolve([error?.code, errors]),
    ),
  );
  expect(code).toBe(1);
  expect(output).toContain('this is 18.0.0');
});
