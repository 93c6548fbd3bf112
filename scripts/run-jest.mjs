// Runs jest as a program of its own for `npm test` and `npm run test:tryton`: its flags, a limit to its time, and
// an end when the run is interrupted. What a run that is killed leaves behind is stopped by the next one.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from './bootstrap.mjs';

// For the tests alone, on a machine that does other work as well. What is got or set up once has its own limits.
const LIMIT_MS = 45 * 60_000;

/** An AbortSignal for the run of a program: aborted by Ctrl-C and by SIGTERM. */
export function interruption() {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort(new Error('stopped')));
  return interrupted.signal;
}

/** Runs jest with these arguments; its exit code becomes that of this process. `what` names the tests in messages. */
export function runJest(what, args, signal) {
  const jest = spawn(process.execPath, [join('node_modules', 'jest', 'bin', 'jest.js'), ...args], {
    cwd: checkout,
    stdio: 'inherit',
    env: {
      ...process.env,
      TZ: 'UTC',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
    },
  });
  const limit = setTimeout(() => {
    console.error(`${what} took longer than ${LIMIT_MS / 60_000} minutes and are stopped.`);
    jest.kill('SIGKILL');
  }, LIMIT_MS);
  signal.addEventListener('abort', () => jest.kill('SIGINT'));
  jest.once('exit', (code) => {
    clearTimeout(limit);
    process.exitCode = code ?? 1;
  });
}
