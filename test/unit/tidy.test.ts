// Breaks every rule of scripts/tidy.ts, and shows what it lets pass.
import { tidyFile } from '../../scripts/tidy.ts';

const rulesOf = (path: string, text: string): string[] => tidyFile(path, text).map(({ rule }) => rule);
const lines = (count: number): string => 'f();\n'.repeat(count);

describe('what is too long', () => {
  test('a file of 401 lines, but not one of 400', () => {
    expect(rulesOf('domain/a.ts', lines(400))).toEqual([]);
    expect(rulesOf('domain/a.ts', lines(401))).toEqual(['a file has at most 400 lines']);
  });

  test('a function of 71 lines, but not one of 70', () => {
    expect(rulesOf('domain/a.ts', `function g() {\n${lines(68)}}\n`)).toEqual([]);
    expect(rulesOf('domain/a.ts', `function g() {\n${lines(69)}}\n`)).toEqual([
      'a function has at most 70 lines, this one 71',
    ]);
    expect(rulesOf('domain/a.ts', `const g = () => {\n${lines(69)}};\n`)).toHaveLength(1);
  });

  test('the list of tests in a describe may be longer than a function', () => {
    expect(rulesOf('test/a.test.ts', `describe('x', () => {\n${lines(100)}});\n`)).toEqual([]);
  });

  test('a line of 121 columns, but not a web address', () => {
    expect(rulesOf('domain/a.ts', `// ${'x'.repeat(117)}\n`)).toEqual([]);
    expect(rulesOf('domain/a.ts', `// ${'x'.repeat(118)}\n`)).toEqual(['a line has at most 120 columns']);
    expect(rulesOf('domain/a.ts', `// https://${'x'.repeat(118)}\n`)).toEqual([]);
  });
});

describe('what says nothing', () => {
  test.each([
    'domain/utils.ts',
    'domain/date-utils.ts',
    'apps/common/a.ts',
    'adapters/erp-helper.ts',
    'apps/api/job.manager.ts',
  ])('the path %s', (path) => {
    expect(rulesOf(path, '')).toEqual([expect.stringContaining('says nothing')]);
  });

  test.each(['class ErpImpl {}', 'class JobManager {}', 'interface IPort { a: 1 }', 'type DateUtils = string;'])(
    '%s',
    (code) => {
      expect(rulesOf('domain/a.ts', code)).toHaveLength(1);
    },
  );

  test('a name that begins with I by itself is fine', () => {
    expect(rulesOf('domain/a.ts', 'interface Invoice { a: 1 }\ntype Instant = string;\ninterface IO { a: 1 }')).toEqual(
      [],
    );
  });

  test('a file that is not in kebab-case', () => {
    expect(rulesOf('domain/buildInvoice.ts', '')).toEqual(['buildInvoice.ts is not kebab-case']);
    expect(rulesOf('workflows/engagement/engagement.workflow.ts', '')).toEqual([]);
  });
});

test('what is left to do', () => {
  expect(rulesOf('domain/a.ts', `// ${'TO' + 'DO'}: later`)).toEqual(['nothing is left to do: an issue or nothing']);
  expect(rulesOf('temporal-config/devserver/main.go', `// ${'FIX' + 'ME'}`)).toHaveLength(1);
});

describe('who may read a clock', () => {
  test.each(['domain/a.ts', 'workflows/shared/a.ts', 'activities/a.ts'])('not %s', (path) => {
    expect(rulesOf(path, 'const a = Date.now();\nconst b = new Date();')).toHaveLength(2);
  });

  test('the engagement reads the clock of the engine, and parses no date', () => {
    expect(rulesOf('workflows/engagement/a.ts', 'const a = Date.now();')).toEqual([]);
    expect(rulesOf('workflows/engagement/a.ts', 'const a = new Date();')).toHaveLength(1);
  });

  test('the edges, and everybody for an instant that is given', () => {
    expect(rulesOf('apps/api/a.ts', 'const a = Date.now();')).toEqual([]);
    expect(rulesOf('activities/a.ts', 'const a = new Date(asOf);')).toEqual([]);
  });
});
