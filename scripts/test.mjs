// `npm test`: everything that runs. Makes the checkout runnable, gets the Temporal server (which may mean building it
// once, and does not count against the time limit) and hands its arguments to jest, which starts and stops the servers
// in test/support/global-setup.ts.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

// The aim is ten minutes on two quiet cores; a machine that does other work as well is given time.
const LIMIT_MS = 45 * 60_000;

await bootstrap();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort(new Error('stopped')));
if (!process.env.TEMPORAL_ADDRESS) {
  const { findTemporal } = await import('../dist/scripts/temporal-binary.js');
  await findTemporal((line) => console.error(line), interrupted.signal).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}

const jest = spawn(process.execPath, [join('node_modules', 'jest', 'bin', 'jest.js'), ...process.argv.slice(2)], {
  cwd: checkout,
  stdio: 'inherit',
  env: {
    ...process.env,
    TZ: 'UTC',
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
  },
});
// The servers of a run that is killed are stopped by the next one.
const limit = setTimeout(() => {
  console.error(`The tests took longer than ${LIMIT_MS / 60_000} minutes and are stopped.`);
  jest.kill('SIGKILL');
}, LIMIT_MS);
interrupted.signal.addEventListener('abort', () => jest.kill('SIGINT'));
jest.once('exit', (code) => {
  clearTimeout(limit);
  process.exitCode = code ?? 1;
});
