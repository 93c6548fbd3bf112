// `npm run -s domain -- FILE...`: computes files of the vector format with the rules of domain/. Only results go to
// standard output, so that it can be piped; installing and building say what they do on standard error.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
// The built program, not the source: named in steps, so that the rules about imports look at the source alone.
const built = new URL('../dist/apps/domain-cli/main.js', import.meta.url);
const { main } = await import(built.href);
process.exitCode = await main(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
});
