// `npm run test:tryton`: tests against a real Tryton. Makes the checkout runnable, gets what they need (a Temporal
// server; Python and Tryton's packages, without which it ends in words and not in a stack of jest) and hands its
// arguments to jest; test/tryton/global-setup.ts sets Tryton up and starts the servers. Nothing is skipped.
import { bootstrap } from './bootstrap.mjs';
import { interruption, runJest } from './run-jest.mjs';

const config = ['--config', 'jest.tryton.config.js'];
const say = (line) => console.error(line);

await bootstrap();
const signal = interruption();
try {
  if (!process.env.TEMPORAL_ADDRESS) {
    const { findTemporal } = await import('../dist/scripts/temporal-binary.js');
    await findTemporal(say, signal);
  }
  const { inWorkshop } = await import('../dist/scripts/tryton/workshop.js');
  const { prepareTools } = await import('../dist/scripts/tryton/python.js');
  await inWorkshop({ say, signal }, prepareTools);
} catch (error) {
  say(`\nTHE TESTS AGAINST TRYTON DID NOT RUN: ${error.message}`);
  process.exit(1);
}
runJest('The tests against Tryton', [...config, ...process.argv.slice(2)], signal);
