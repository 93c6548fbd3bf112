// `npm run test:tryton`: tests against a real Tryton. Makes the checkout runnable, gets what they need (a Temporal
// server; Python and Tryton's packages, without which it ends in words and not in a stack of jest) and hands its
// arguments to jest; test/tryton/global-setup.ts sets Tryton up and starts the servers. Nothing is skipped.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

const config = ['--config', 'jest.tryton.config.js'];
// For the tests alone, on a machine that does other work as well. What is got or set up once has its own limits.
const LIMIT_MS = 45 * 60_000;
const say = (line) => console.error(line);

await bootstrap();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort(new Error('stopped')));
try {
  if (!process.env.TEMPORAL_ADDRESS) {
    const { findTemporal } = await import('../dist/scripts/temporal-binary.js');
    await findTemporal(say, interrupted.signal);
  }
  const { inWorkshop } = await import('../dist/scripts/tryton/workshop.js');
  const { prepareTools } = await import('../dist/scripts/tryton/python.js');
  await inWorkshop({ say, signal: interrupted.signal }, prepareTools);
} catch (error) {
  say(`\nTHE TESTS AGAINST TRYTON DID NOT RUN: ${error.message}`);
  process.exit(1);
}

const jest = spawn(
  process.execPath,
  [join('node_modules', 'jest', 'bin', 'jest.js'), ...config, ...process.argv.slice(2)],
  {
    cwd: checkout,
    stdio: 'inherit',
    env: {
      ...process.env,
      TZ: 'UTC',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
    },
  },
);
// What a run that is killed leaves behind is stopped by the next one.
const limit = setTimeout(() => {
  say(`The tests against Tryton took longer than ${LIMIT_MS / 60_000} minutes and are stopped.`);
  jest.kill('SIGKILL');
}, LIMIT_MS);
interrupted.signal.addEventListener('abort', () => jest.kill('SIGINT'));
jest.once('exit', (code) => {
  clearTimeout(limit);
  process.exitCode = code ?? 1;
});
