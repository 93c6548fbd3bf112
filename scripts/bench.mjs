// `npm run bench`: what an engagement costs, against a bare workflow of the same shape in the same run; `npm run bench
// -- money-engine`: what a priced time entry costs, against a bare multiplication. Prints, asserts nothing; `--write`
// also writes the results of engagements to bench/results.md.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

await bootstrap();
const [first = '', ...others] = process.argv.slice(2);
const isMoney = first === 'money-engine';
const program = isMoney ? 'money-engine.js' : 'engagements.js';
const args = isMoney ? others : process.argv.slice(2);
const bench = spawn(process.execPath, [join('dist', 'bench', program), ...args], {
  cwd: checkout,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'UTC' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal));
bench.once('exit', (code) => (process.exitCode = code ?? 1));
