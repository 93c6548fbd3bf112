// `npm run test:tryton`: tests against a real Tryton, on both series that the adapter speaks. Makes the checkout
// runnable, gets what they need (a Temporal server; Python and Tryton's packages, without which it ends in words and
// not in a stack of jest) and hands its arguments to jest; test/tryton/global-setup.ts sets Tryton up and starts the
// servers. Series 8.2 is never left out; 6.0 is, and it is said aloud, where the packages of Debian 12 cannot be had.
// TRYTON_SERIES=8.2 or =6.0 asks for one of them alone.
import { bootstrap } from './bootstrap.mjs';
import { interruption, runJest } from './run-jest.mjs';

const config = ['--config', 'jest.tryton.config.js'];
let leftOut = '';
const say = (line) => console.error(line);

await bootstrap();
const signal = interruption();
try {
  if (!process.env.TEMPORAL_ADDRESS) {
    const { findTemporal } = await import('../dist/scripts/temporal-binary.js');
    await findTemporal(say, signal);
  }
  const { inWorkshop } = await import('../dist/scripts/tryton/workshop.js');
  const { prepareTools, SERIES } = await import('../dist/scripts/tryton/tools.js');
  const asked = process.env.TRYTON_SERIES?.split(',');
  const had = [];
  for (const series of asked ?? SERIES) {
    if (!SERIES.includes(series)) throw new Error(`TRYTON_SERIES is ${SERIES.join(' or ')}, not ${series}`);
    await inWorkshop({ say, signal }, (workshop) => prepareTools(series, workshop)).then(
      () => had.push(series),
      (error) => {
        if (signal.aborted || asked || series === '8.2') throw error;
        leftOut = `\nNOT RUN ON TRYTON ${series}: ${error.message}\n`;
        say(leftOut);
      },
    );
  }
  process.env.TRYTON_SERIES = had.join(',');
} catch (error) {
  say(`\nTHE TESTS AGAINST TRYTON DID NOT RUN: ${error.message}`);
  process.exit(1);
}
if (leftOut) process.once('exit', () => say(leftOut)); // also below the results, where it is read
runJest('The tests against Tryton', [...config, ...process.argv.slice(2)], signal);
