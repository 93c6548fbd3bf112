// `npm run tryton`: makes the checkout runnable, then sets up and starts Tryton. The rest is in scripts/tryton/main.ts.
import { bootstrap } from './bootstrap.mjs';
import { HELP, parseTrytonArguments } from './tryton/arguments.mjs';

const options = readArguments();
if (options.help) console.log(HELP);
else {
  console.log('Tryton for Throughline');
  await bootstrap();
  const { tryton } = await import('../dist/scripts/tryton/main.js');
  process.exit(await tryton(options));
}

function readArguments() {
  try {
    return parseTrytonArguments(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
