// The published table of worked examples: every example and every kind is in it, and what it names exists.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from '../../../apps/domain-cli/kinds/index.ts';

const read = (path: string): string => readFileSync(join(process.cwd(), path), 'utf8');
const table = read('docs/worked-examples.md');
const rows = [...table.matchAll(/^\| `([a-z-]+)` +\| (.+?) \| (.+?) \|$/gm)].map(
  ([, kind = '', functions = '', examples = '']) => {
    return { kind, functions, examples };
  },
);

describe('the table of worked examples', () => {
  test('has a row for every kind that can be computed, and no other', () => {
    expect(rows.map(({ kind }) => kind).sort()).toEqual(Object.keys(KINDS).sort());
  });

  test('links every published example in the row of its kind', () => {
    for (const name of readdirSync(join(process.cwd(), 'test/vectors')).filter((file) => file.endsWith('.json'))) {
      const { kind } = JSON.parse(read(`test/vectors/${name}`)) as { kind: string };
      expect(rows.find((row) => row.kind === kind)?.examples).toContain(`(../test/vectors/${name})`);
    }
  });

  test.each(rows)('names functions of $kind that the engine exports', ({ functions }) => {
    const rooms = functions.split('; ').map((part) => {
      const path = /\(\.\.\/(domain\/[^)]+)\)/.exec(part)?.[1] ?? '';
      return { path, names: [...(part.split(' of ')[0]?.matchAll(/`(\w+)`/g) ?? [])].map(([, name]) => name ?? '') };
    });
    for (const { path, names } of rooms) {
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(read(path)).toMatch(new RegExp(`export (function|const) ${name}\\b`));
    }
  });
});
