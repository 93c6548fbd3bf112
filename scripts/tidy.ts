// Size and naming rules that no linter has in our form, run by `npm run check`: a file or function that outgrows them
// is split, a name that says nothing is replaced. test/unit/tidy.test.ts breaks each rule.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Finding {
  path: string;
  /** From 1. */
  line: number;
  rule: string;
}

const LIMITS = { functionLines: 70, fileLines: 400, columns: 120 };
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.throughline', 'histories', 'vectors']);
const CODE = /\.(ts|mjs|js|cjs|go)$/;
const EMPTY_WORDS = /^(utils?|helpers?|common|managers?|impl|misc)$/i;
/**
 * No clock at all, and what may read the clock of the engine. Everything else is an edge, where time comes in:
 * programs, and the jobs of connections, which stamp when something was seen.
 */
const WITHOUT_CLOCK = /^(domain|workflows|activities)\/(?!connections\/)/;
const ENGINE_CLOCK = /^workflows\/(engagement|connection)\//;

/** All findings in the code of a checkout, sorted by path. */
export function tidy(root: string): Finding[] {
  return codeFiles(root, '').flatMap((path) => tidyFile(path, readFileSync(join(root, path), 'utf8')));
}

function codeFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return codeFiles(root, path);
      return CODE.test(entry.name) ? [path] : [];
    })
    .sort();
}

/** The findings in one file; `path` is relative to the checkout, with slashes. */
export function tidyFile(path: string, text: string): Finding[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const findings: Finding[] = [];
  const find = (line: number, rule: string): void => void findings.push({ path, line, rule });
  if (lines.length > LIMITS.fileLines) find(LIMITS.fileLines + 1, `a file has at most ${LIMITS.fileLines} lines`);
  for (const [index, line] of lines.entries()) {
    if (line.length > LIMITS.columns && !/https?:\/\//.test(line))
      find(index + 1, `a line has at most ${LIMITS.columns} columns`);
    if (new RegExp(`\\b(${'TO' + 'DO'}|${'FIX' + 'ME'})\\b`).test(line))
      find(index + 1, 'nothing is left to do: an issue or nothing');
  }
  for (const name of path.split('/')) {
    if (!/^[.a-z0-9]+([-._][a-z0-9]+)*$/.test(name)) find(1, `${name} is not kebab-case`);
    if (name.split(/[-._]/).some((word) => EMPTY_WORDS.test(word))) find(1, `${name} says nothing: name what it does`);
  }
  return path.endsWith('.go') ? findings : [...findings, ...tidySyntax(path, text)];
}

function tidySyntax(path: string, text: string): Finding[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const findings: Finding[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    const line = lineOf(node.getStart());
    const rule = namingRule(node) ?? clockRule(path, node) ?? lengthRule(node, ownLines(node, lineOf));
    if (rule) findings.push({ path, line, rule });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function namingRule(node: ts.Node): string | undefined {
  if (!(ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)))
    return undefined;
  const name = node.name?.text ?? '';
  if (/(Impl|Manager|Helper|Utils?)$/.test(name)) return `${name} says nothing: name what it does`;
  return /^I[A-Z][a-z]/.test(name) ? `${name}: no prefix for interfaces` : undefined;
}

function clockRule(path: string, node: ts.Node): string | undefined {
  if (!WITHOUT_CLOCK.test(path)) return undefined;
  const isNow = ts.isCallExpression(node) && node.expression.getText() === 'Date.now';
  const isToday = ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length;
  if (isToday || (isNow && !ENGINE_CLOCK.test(path)))
    return 'no clock here: the instant or date comes in as an argument';
  return undefined;
}

/** The lines of a function without those of functions inside it, which count for themselves. */
function ownLines(node: ts.Node, lineOf: (position: number) => number): number {
  const length = (inner: ts.Node): number => lineOf(inner.end) - lineOf(inner.getStart()) + 1;
  let own = length(node);
  const visit = (inner: ts.Node): void => {
    if (ts.isFunctionLike(inner)) own -= length(inner) - 1;
    else ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return own;
}

function lengthRule(node: ts.Node, lines: number): string | undefined {
  if (!ts.isFunctionLike(node) || lines <= LIMITS.functionLines || isSuite(node)) return undefined;
  return `a function has at most ${LIMITS.functionLines} lines, this one ${lines}`;
}

/** The callback of `describe` is a list of tests, not a function that anybody reads as one. */
function isSuite(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}
