// `npm test`: everything that runs. Makes the checkout runnable, gets the Temporal server (which may mean building it
// once, and does not count against the time limit) and hands its arguments to jest, which starts and stops the servers
// in test/support/global-setup.ts. The aim is ten minutes on two quiet cores.
import { bootstrap } from './bootstrap.mjs';
import { interruption, runJest } from './run-jest.mjs';

await bootstrap();
const signal = interruption();
if (!process.env.TEMPORAL_ADDRESS) {
  const { findTemporal } = await import('../dist/scripts/temporal-binary.js');
  await findTemporal((line) => console.error(line), signal).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
runJest('The tests', process.argv.slice(2), signal);
