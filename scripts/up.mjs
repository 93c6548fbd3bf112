// `npm run up`: makes the checkout runnable, then starts everything. The rest is in scripts/up/main.ts.
import { bootstrap } from './bootstrap.mjs';
import { HELP, parseUpArguments } from './up/arguments.mjs';

const options = readArguments();
if (options.help) console.log(HELP);
else {
  console.log('Throughline');
  await bootstrap();
  const { up } = await import('../dist/scripts/up/main.js');
  // The exit is explicit: a demo or a start that was interrupted may still hold connections.
  process.exit(await up(options));
}

function readArguments() {
  try {
    return parseUpArguments(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
