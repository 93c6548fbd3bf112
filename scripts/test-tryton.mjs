// `npm run test:tryton`: tests against a real Tryton. Makes the checkout runnable and hands its arguments to jest;
// test/tryton/global-setup.ts sets Tryton up, which takes about two minutes the first time.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, checkout } from './bootstrap.mjs';

const config = ['--config', 'jest.tryton.config.js'];

await bootstrap();
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
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => jest.kill(signal));
jest.once('exit', (code) => (process.exitCode = code ?? 1));
