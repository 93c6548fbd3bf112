/**
 * Documents rot silently: files move, codes are added, and nobody sees the link or the table that no longer fits. So
 * links are followed, codes are looked up, and the numbered lists that code cites are counted.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = process.cwd();
const SKIPPED = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.throughline',
  'fixtures',
  'histories',
  'vectors',
]);

function filesBelow(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, end);
      return entry.name.endsWith(end) ? [path] : [];
    });
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = filesBelow('.', '.md');

/** The text without code, where brackets are no links. */
function prose(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, 'code');
}

/** The anchors of a document's headings, made as GitHub makes them. */
function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with a link of a document, or nothing. */
function problemOf(document: string, link: string): string[] {
  if (/^(https?|mailto):/.test(link)) return [];
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : relative(ROOT, resolve(ROOT, dirname(document), path));
  if (target.startsWith('..')) return [`${document}: ${link} leaves the checkout`];
  if (!existsSync(join(ROOT, target))) return [`${document}: ${link} is not there`];
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
  return [`${document}: ${link} names no heading`];
}

describe('documents', () => {
  test('link only to files and headings that are there', () => {
    const problems = documents.flatMap((document) =>
      [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => problemOf(document, link)),
    );
    expect(problems).toEqual([]);
  });

  test('a link that leads nowhere, or out of the checkout, is found', () => {
    expect(problemOf('README.md', 'docs/no-such-file.md')).toEqual(['README.md: docs/no-such-file.md is not there']);
    expect(problemOf('docs/README.md', '../../elsewhere.md')).toEqual([
      'docs/README.md: ../../elsewhere.md leaves the checkout',
    ]);
    expect(problemOf('README.md', 'ARCHITECTURE.md#no-such-heading')).toHaveLength(1);
    expect(problemOf('README.md', 'ARCHITECTURE.md#5-invariants')).toEqual([]);
  });

  test('speak of the project alone: no path of a machine, nothing outside the checkout', () => {
    const foreign = /\.\.\/shared\b|(^|[\s`"(])\/(work|root|home)\/|helper session/im;
    expect(documents.filter((document) => foreign.test(read(document)))).toEqual([]);
  });

  test('have every number of the lists that code cites', () => {
    const numbersOf = (path: string, letter: string): number[] =>
      [...read(path).matchAll(new RegExp(`^- \\*\\*${letter}(\\d+)\\*\\* `, 'gm'))].map(([, number]) => Number(number));
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
    expect(numbersOf('docs/requirements.md', 'R')).toEqual(upTo(116));
    expect(numbersOf('docs/faults.md', 'F')).toEqual(upTo(31));
    expect(numbersOf('docs/faults.md', 'A')).toEqual(upTo(14));
    expect(numbersOf('docs/faults.md', 'I')).toEqual(upTo(10));
    expect([...read('docs/decisions.md').matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual(
      upTo(30),
    );
  });

  test('every requirement that code cites exists', () => {
    const cited = ['domain', 'workflows', 'activities', 'adapters', 'apps', 'persistence']
      .flatMap((folder) => filesBelow(folder, '.ts'))
      .flatMap((path) => [...read(path).matchAll(/\bR(\d{1,3})\b/g)].map(([, number]) => Number(number)));
    expect(cited.filter((number) => number < 1 || number > 116)).toEqual([]);
    expect(cited).not.toEqual([]);
  });

  test('explain every code that people meet', () => {
    const explained = new Set([...read('docs/errors.md').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code));
    const makers = 'DomainError|assertNotNegative|assertBetween|Problem|unavailable|missing|invalid|conflict|unmapped';
    const givers = new RegExp(String.raw`(?:(?:${makers})\(\s*(?:\d+,\s*)?|code: |reason: )'([A-Z][A-Z0-9_]+)'`, 'g');
    const met = ['domain', 'activities', 'apps/api']
      .flatMap((folder) => filesBelow(folder, '.ts'))
      .flatMap((path) => [...read(path).matchAll(givers)].map(([, code = '']) => code));
    expect([...new Set(met)].filter((code) => !explained.has(code)).sort()).toEqual([]);
    expect(met).toContain('DEAL_NOT_WON');
  });
});
