// Rules rot silently: each import rule and each lint rule of ours is broken here on purpose, in a tree of its own.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const checkout = process.cwd();

/** Writes files into a new directory that resolves packages like the checkout, and returns its path. */
function plant(files: Record<string, string>): string {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'throughline-architecture-'));
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  const tsconfig = {
    extends: join(checkout, 'tsconfig.json'),
    compilerOptions: { rootDir: '.' },
    include: ['.'],
    exclude: [],
  };
  const always = {
    'tsconfig.json': JSON.stringify(tsconfig),
    'package.json': JSON.stringify({
      type: 'module',
      dependencies: { 'big.js': '*', typeorm: '*', '@nestjs/common': '*' },
    }),
  };
  for (const [path, text] of Object.entries({ ...always, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Runs a tool of the checkout inside the tree; its report is JSON even when it ends with an error. */
function report<T>(root: string, tool: string, ...args: string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const bin = join(checkout, 'node_modules', tool);
    execFile(process.execPath, [bin, ...args], { cwd: root, maxBuffer: 64_000_000 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as T);
      } catch {
        reject(new Error(`${tool}: ${stderr || stdout}`, { cause: error }));
      }
    });
  });
}

interface ImportCase {
  rule: string;
  from: string;
  to: string;
  typeOnly?: boolean;
}

const forbiddenImports: ImportCase[] = [
  { rule: 'domain-is-pure', from: 'domain/a.ts', to: 'node:fs' },
  { rule: 'domain-is-pure', from: 'domain/b.ts', to: 'typeorm' },
  { rule: 'domain-is-pure', from: 'domain/c.ts', to: '../workflows/index.ts', typeOnly: true },
  { rule: 'money-imports-big-only', from: 'domain/money/a.ts', to: 'node:crypto' },
  { rule: 'big-in-money-only', from: 'activities/big.ts', to: 'big.js' },
  { rule: 'contract-is-only-messages', from: 'workflows/x/contract.ts', to: './x.workflow.ts', typeOnly: true },
  { rule: 'workflows-are-deterministic', from: 'workflows/a.ts', to: 'node:fs' },
  { rule: 'workflows-are-deterministic', from: 'workflows/b.ts', to: '../adapters/http/client.ts', typeOnly: true },
  { rule: 'workflows-are-deterministic', from: 'workflows/c.ts', to: '../persistence/rows/row.ts', typeOnly: true },
  { rule: 'workflows-are-deterministic', from: 'workflows/d.ts', to: '@nestjs/common' },
  { rule: 'workflows-know-activities-by-type', from: 'workflows/e.ts', to: '../activities/index.ts' },
  { rule: 'activities-talk-to-ports', from: 'activities/a.ts', to: '../adapters/netsuite/adapter.ts' },
  { rule: 'activities-talk-to-ports', from: 'activities/b.ts', to: 'typeorm' },
  {
    rule: 'activities-get-repositories-passed-in',
    from: 'activities/c.ts',
    to: '../persistence/repositories/invoices.ts',
  },
  { rule: 'activities-see-contracts-only', from: 'activities/d.ts', to: '../persistence/rows/row.ts', typeOnly: true },
  {
    rule: 'activities-see-contracts-only',
    from: 'activities/e.ts',
    to: '../workflows/x/x.workflow.ts',
    typeOnly: true,
  },
  { rule: 'domain-cli-maps-only', from: 'apps/domain-cli/a.ts', to: '../../persistence/books.ts' },
  { rule: 'adapters-know-only-their-vendor', from: 'adapters/netsuite/a.ts', to: '../kantata/adapter.ts' },
  { rule: 'adapters-know-only-their-vendor', from: 'adapters/netsuite/b.ts', to: '../../persistence/rows/row.ts' },
  { rule: 'adapters-know-only-their-vendor', from: 'adapters/netsuite/c.ts', to: '@temporalio/common' },
  { rule: 'persistence-knows-only-the-database', from: 'persistence/a.ts', to: '@nestjs/common' },
  { rule: 'persistence-knows-only-the-database', from: 'persistence/b.ts', to: '../adapters/ports/erp.port.ts' },
  { rule: 'api-holds-no-rule', from: 'apps/api/a.ts', to: '../../adapters/netsuite/adapter.ts' },
  { rule: 'api-holds-no-rule', from: 'apps/api/b.ts', to: '../../activities/index.ts', typeOnly: true },
  { rule: 'api-holds-no-rule', from: 'apps/api/c.ts', to: '../../workflows/x/x.workflow.ts' },
  { rule: 'worker-has-no-framework', from: 'apps/worker/a.ts', to: '@nestjs/common' },
  { rule: 'apps-are-apart', from: 'apps/worker/b.ts', to: '../api/allowed.ts' },
  { rule: 'foreign-systems-are-foreign', from: 'apps/sandbox/a.ts', to: '../../domain/ids.ts', typeOnly: true },
  { rule: 'foreign-systems-are-foreign', from: 'apps/fault-proxy/a.ts', to: '../../adapters/http/client.ts' },
  { rule: 'temporal-config-knows-only-the-engine', from: 'temporal-config/a.ts', to: '../domain/ids.ts' },
  { rule: 'nothing-needs-tests-or-scripts', from: 'apps/worker/c.ts', to: '../../test/support/clock.ts' },
  { rule: 'no-circular', from: 'domain/one.ts', to: './two.ts' },
  { rule: 'not-to-unresolvable', from: 'domain/d.ts', to: './nowhere.ts' },
  { rule: 'no-non-package-json', from: 'apps/worker/d.ts', to: 'rxjs' },
];

const allowedImports: Omit<ImportCase, 'rule'>[] = [
  { from: 'domain/money/allowed.ts', to: 'big.js' },
  { from: 'workflows/allowed.ts', to: '../activities/index.ts', typeOnly: true },
  { from: 'workflows/x/allowed.ts', to: './contract.ts' },
  { from: 'activities/allowed.ts', to: '../persistence/repositories/invoices.ts', typeOnly: true },
  { from: 'adapters/netsuite/allowed.ts', to: '../http/client.ts' },
  { from: 'adapters/netsuite/signed.ts', to: 'node:crypto' },
  { from: 'persistence/allowed.ts', to: 'typeorm' },
  { from: 'apps/api/allowed.ts', to: '../../workflows/x/contract.ts' },
  { from: 'apps/worker/allowed.ts', to: '../../adapters/netsuite/adapter.ts' },
  { from: 'apps/sandbox/allowed.ts', to: 'node:http' },
  { from: 'test/allowed.ts', to: '../scripts/anything.ts' },
];

const targets = [
  'domain/ids.ts',
  'domain/two.ts',
  'workflows/index.ts',
  'workflows/x/x.workflow.ts',
  'activities/index.ts',
  'adapters/http/client.ts',
  'adapters/ports/erp.port.ts',
  'adapters/netsuite/adapter.ts',
  'adapters/kantata/adapter.ts',
  'persistence/rows/row.ts',
  'persistence/repositories/invoices.ts',
  'test/support/clock.ts',
  'scripts/anything.ts',
];

interface Cruise {
  summary: { violations: { rule: { name: string }; from: string }[]; ruleSetUsed: { forbidden: { name: string }[] } };
}

describe('import rules', () => {
  let root: string;
  let violations: Set<string>;
  let rules: string[];

  beforeAll(async () => {
    const statement = ({ to, typeOnly }: Omit<ImportCase, 'rule'>): string =>
      [
        `import ${typeOnly ? 'type ' : ''}* as it from '${to}';`,
        'export type It = typeof it;',
        `export const used = ${typeOnly ? '1' : 'it'};\n`,
      ].join('\n');
    root = plant({
      ...Object.fromEntries(targets.map((path) => [path, 'export const used = 1;\n'])),
      ...Object.fromEntries([...forbiddenImports, ...allowedImports].map((each) => [each.from, statement(each)])),
      'domain/two.ts': "import * as it from './one.ts';\nexport const used = it;\n",
      'domain/orphan.ts': 'export const used = 1;\n',
    });
    const result = await report<Cruise>(
      root,
      'dependency-cruiser/bin/dependency-cruise.mjs',
      ...['--config', join(checkout, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      ...['domain', 'workflows', 'activities', 'adapters', 'persistence', 'apps', 'temporal-config', 'scripts', 'test'],
    );
    violations = new Set(result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`));
    rules = result.summary.ruleSetUsed.forbidden.map(({ name }) => name);
  }, 60_000);

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each(forbiddenImports)('$rule: $from may not import $to', ({ rule, from }) => {
    expect([...violations]).toContain(`${rule}: ${from}`);
  });

  test.each(allowedImports)('$from may import $to', ({ from }) => {
    expect([...violations].filter((violation) => violation.endsWith(`: ${from}`))).toEqual([]);
  });

  test('a file that nobody needs is found', () => {
    expect([...violations]).toContain('no-orphans: domain/orphan.ts');
  });

  test('no rule is without a case here', () => {
    const cases = new Set([...forbiddenImports.map(({ rule }) => rule), 'no-orphans']);
    expect(rules.filter((rule) => !cases.has(rule))).toEqual([]);
  });
});

const lintCases: [path: string, rule: string, code: string][] = [
  [
    'activities/floating.ts',
    '@typescript-eslint/no-floating-promises',
    'export function f(g: () => Promise<void>) {\n  g();\n}',
  ],
  [
    'workflows/floating.ts',
    '@typescript-eslint/no-floating-promises',
    "import { proxyActivities } from '@temporalio/workflow';\n" +
      "const { pay } = proxyActivities<{ pay(): Promise<void> }>({ startToCloseTimeout: '5 s' });\n" +
      'export function f() {\n  pay();\n}',
  ],
  [
    'activities/each.ts',
    '@typescript-eslint/no-misused-promises',
    'export const f = (xs: (() => Promise<void>)[]) => xs.forEach(async (x) => x());',
  ],
  [
    'activities/any.ts',
    '@typescript-eslint/no-unsafe-return',
    'export const f = (text: string): string => JSON.parse(text);',
  ],
  ['activities/sure.ts', '@typescript-eslint/no-unnecessary-condition', 'export const f = (x: string) => x ?? 1;'],
  ['domain/clock.ts', 'no-restricted-globals', 'export const today = () => new Date();'],
  ['domain/zone.ts', 'no-restricted-globals', "export const f = () => new Intl.NumberFormat('en');"],
  ['domain/dice.ts', 'no-restricted-properties', 'export const draw = () => Math.random();'],
  ['domain/later.ts', 'no-restricted-globals', 'export const f = (g: () => void) => setTimeout(g, 1);'],
  ['workflows/env.ts', 'no-restricted-globals', 'export const f = () => process.env.HOME;'],
  ['workflows/http.ts', 'no-restricted-globals', "export const f = () => fetch('http://x');"],
  ['workflows/dice.ts', 'no-restricted-properties', 'export const draw = () => Math.random();'],
  ['activities/sum.ts', 'no-restricted-syntax', 'export const f = (a: { amountMinor: number }) => a.amountMinor + 1;'],
  [
    'activities/share.ts',
    'no-restricted-syntax',
    'export const f = (a: { amountMinor: number }) => 2 * a.amountMinor;',
  ],
  [
    'activities/more.ts',
    'no-restricted-syntax',
    'export const f = (a: { amountMinor: number }) => {\n  a.amountMinor += 1;\n};',
  ],
  ['activities/default.ts', 'no-restricted-syntax', 'export default function f() {}'],
];

const cleanCode: [path: string, code: string][] = [
  ['domain/money/sum.ts', 'export const f = (a: { amountMinor: number }) => a.amountMinor + 1;'],
  ['domain/compare.ts', 'export const f = (a: { amountMinor: number }) => a.amountMinor > 0;'],
  ['workflows/engagement/now.ts', 'export const now = () => Date.now();'],
];

describe('lint rules', () => {
  let root: string;
  let found: Map<string, string[]>;

  beforeAll(async () => {
    const files = [...lintCases.map(([path, , code]) => [path, code]), ...cleanCode].map(([path, code]) => [
      path,
      `${code}\n`,
    ]);
    root = plant(Object.fromEntries(files) as Record<string, string>);
    const results = await report<{ filePath: string; messages: { ruleId: string }[] }[]>(
      root,
      'eslint/bin/eslint.js',
      ...['--config', join(checkout, 'eslint.config.js'), '--format', 'json', '.'],
    );
    found = new Map(results.map((file) => [file.filePath, file.messages.map(({ ruleId }) => ruleId)]));
  }, 60_000);

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each(lintCases)('%s breaks %s', (path, rule) => {
    expect(found.get(join(root, path))).toContain(rule);
  });

  test.each(cleanCode)('%s is fine', (path) => {
    expect(found.get(join(root, path))).toEqual([]);
  });
});
