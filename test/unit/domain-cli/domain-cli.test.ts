import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../apps/domain-cli/main.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-domain-cli-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function run(...args: string[]) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await main(args, { out: (line) => lines.push(line), error: (line) => complaints.push(line) });
  return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), complaints };
}

const split = { kind: 'allocate', inputs: { cases: [{ total: '100', weights: ['1', '1', '1'] }] } };

describe('the command line of the engine', () => {
  test('prints one line a file, in order, and ignores what is expected', async () => {
    const one = file('one.json', { id: 'one', ...split, expected: { results: [['1', '1', '1']] } });
    const two = file('two.json', { id: 'two', kind: 'minor-units', inputs: { codes: ['JPY', 'KWD'] } });
    expect(await run(one, two)).toEqual({
      code: 0,
      lines: [
        // 100 / 3 = 33 each and 1 left: the first gets it.
        { id: 'one', result: { results: [['34', '33', '33']] } },
        { id: 'two', result: { digits: { JPY: 0, KWD: 3 } } },
      ],
      complaints: [],
    });
  });

  test('--explain adds the way to each output', async () => {
    const { lines } = await run('--explain', file('why.json', { id: 'why', ...split }));
    expect(JSON.stringify(lines[0]?.['derivation'])).toContain('total x weight / sum of weights');
  });

  test('a file that cannot be computed gets an error with its place, others are computed, the exit is 1', async () => {
    const bad = file('bad.json', {
      id: 'bad',
      kind: 'allocate',
      inputs: { cases: [{ total: '1,5', weights: ['1'] }] },
    });
    const { code, lines } = await run(bad, file('good.json', { id: 'good', ...split }));
    expect(code).toBe(1);
    expect(lines[0]).toMatchObject({
      id: 'bad',
      error: { code: 'INPUT_INVALID', details: { findings: [{ path: 'inputs.cases.0.total' }] } },
    });
    expect(lines[1]).toMatchObject({ id: 'good', result: {} });
  });

  test.each([
    ['text that is not JSON', '{', 'FILE_INVALID'],
    ['a file without a kind', { id: 'x', inputs: {} }, 'INPUT_INVALID'],
    ['a kind that nobody knows', { id: 'x', kind: 'constructor', inputs: {} }, 'KIND_UNKNOWN'],
    ['a misspelled key', { id: 'x', kind: 'allocate', inputs: { cases: [], stepp: '1' } }, 'INPUT_INVALID'],
    ['an amount as a binary number', { id: 'x', kind: 'round', inputs: { values: [0.1] } }, 'INPUT_INVALID'],
    ['an unknown rounding mode', { id: 'x', kind: 'round', rounding: { mode: 'near' }, inputs: {} }, 'INPUT_INVALID'],
    ['an unknown currency', { id: 'x', kind: 'minor-units', inputs: { codes: ['ABC'] } }, 'CURRENCY_UNKNOWN'],
  ])('%s is refused', async (_, content, code) => {
    const result = await run(file('refused.json', content));
    expect(result).toMatchObject({ code: 1, lines: [{ error: { code } }] });
  });

  test('a file that is not there is an answer, no file and an unknown option are wrong calls', async () => {
    expect(await run(join(folder, 'none.json'))).toMatchObject({
      code: 1,
      lines: [{ error: { code: 'FILE_UNREADABLE' } }],
    });
    expect(await run()).toMatchObject({ code: 2, lines: [] });
    expect(await run('--explian')).toMatchObject({ code: 2, lines: [] });
  });
});
