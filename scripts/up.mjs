// `npm run up`: makes the checkout runnable, then starts everything. The rest is in scripts/up/main.ts.
import { bootstrap } from './bootstrap.mjs';

if (!process.argv.includes('--help')) console.error('Throughline');
await bootstrap();
await import('../dist/scripts/up/main.js');
