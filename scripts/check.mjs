// `npm run check`: everything that can be said without running the product. All parts run, so that one round of
// corrections is enough; the exit code is 1 when any of them found something.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

const folders = [
  'domain',
  'workflows',
  'activities',
  'adapters',
  'persistence',
  'apps',
  'temporal-config',
  'scripts',
  'test',
  'bench',
];

await bootstrap({ build: false });
const sources = folders.filter((folder) => existsSync(join(checkout, folder)));
const bin = (...parts) => join('node_modules', ...parts);
const parts = [
  ['format', () => run(bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.')],
  ['types', () => run(bin('typescript', 'bin', 'tsc'), '-p', '.')],
  ['lint', () => run(bin('eslint', 'bin', 'eslint.js'), '.')],
  [
    'imports',
    () =>
      run(bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', ...sources),
  ],
  ['sizes and names', tidyUp],
];

let failures = 0;
for (const [name, check] of parts) {
  const began = Date.now();
  const problems = await check();
  if (problems !== '') failures++;
  console.log(`${problems === '' ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  if (problems !== '') console.log(problems);
}
console.log(`check: ${parts.length - failures} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** Runs a tool with this Node.js; what it printed when it failed, else nothing. */
function run(...args) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  });
  if (status === 0) return '';
  return `${stdout}${stderr}`.trim() || `${args[0]} ended with ${error?.message ?? status}`;
}

async function tidyUp() {
  const { tidy } = await import('../dist/scripts/tidy.js');
  return tidy(checkout)
    .map(({ path, line, rule }) => `${path}:${line} ${rule}`)
    .join('\n');
}
