// `npm run bench`: what an engagement costs, against a bare workflow of the same shape in the same run. Prints,
// asserts nothing; `npm run bench -- --write` also writes bench/results.md.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

await bootstrap();
const bench = spawn(process.execPath, [join('dist', 'bench', 'engagements.js'), ...process.argv.slice(2)], {
  cwd: checkout,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'UTC' },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal));
bench.once('exit', (code) => (process.exitCode = code ?? 1));
