/**
 * The command line of the money engine: computes files of the vector format, one JSON line a file, so that tests and
 * outsiders can try figures of their own.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { KINDS } from './kinds/index.ts';
import { type Answer, answer } from './vector.ts';

/** Where lines go. */
export interface Output {
  out: (line: string) => void;
  error: (line: string) => void;
}

const HELP = `Computes files of the vector format (test/vectors/README.md) with the rules of domain/.

Usage: npm run -s domain -- [--explain] FILE...
       npm run -s domain -- --kinds

  FILE       a JSON file with id, kind, inputs and, where wanted, rounding; - reads standard input
  --explain  adds to each figure of a result, under the same path, how it came about: rule, inputs, exact value,
             rounding
  --kinds    lists the kinds that can be computed
  --help     this text

One line per file: {"id","result"} or {"id","error":{"code","message","details"}}.
"expected" is ignored. Exit code: 0, or 1 when a file could not be computed, or 2 when the call itself is wrong.`;

/** Runs the command with its arguments; answers with the exit code. */
export async function main(args: readonly string[], { out, error }: Output): Promise<number> {
  const options = args.filter((argument) => argument.startsWith('--'));
  const files = args.filter((argument) => !argument.startsWith('--'));
  const unknown = options.find((option) => !['--explain', '--kinds', '--help'].includes(option));
  if (options.includes('--help')) {
    out(HELP);
    return 0;
  }
  if (options.includes('--kinds')) {
    for (const kind of Object.keys(KINDS).sort()) out(kind);
    return 0;
  }
  if (unknown !== undefined || files.length === 0) {
    error(unknown === undefined ? 'No file given.' : `Unknown option ${unknown}.`);
    error(HELP);
    return 2;
  }
  let failed = 0;
  for (const file of files) {
    const line = await answerOf(file, options.includes('--explain'));
    if ('error' in line) failed += 1;
    out(JSON.stringify(line));
  }
  return failed > 0 ? 1 : 0;
}

async function answerOf(file: string, explain: boolean): Promise<Answer> {
  const name = file === '-' ? 'stdin' : basename(file, '.json');
  let text: string;
  try {
    text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    const message = `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`;
    return { id: name, error: { code: 'FILE_UNREADABLE', message, details: { file } } };
  }
  return answer(text, name, { explain });
}
