/**
 * What Tryton has no field for, kept in a few lines at the top of a record's comment: our key, the budget, the link,
 * the demand for people. People read these lines and write around them; nothing of theirs is touched.
 */

/** The lines, by name, in their order. */
export type Note = Readonly<Record<string, string>>;

const FIRST = '[Throughline: please leave these lines]';
const LAST = '[end]';
const LINE = /^([a-z]+): ([^]*)$/;
/** Without its last line, which people may have removed, it ends before the first other line. */
const NOTE = /\[Throughline: please leave these lines\](?:\r?\n[a-z]+: [^\r\n]*)*(?:\r?\n\[end\])?/;

/** The note in a comment; empty where there is none. A line that people broke is not in it. */
export function readNote(comment: string | null): Note {
  const lines = (NOTE.exec(comment ?? '')?.[0] ?? '').split(/\r?\n/);
  const entries = lines.flatMap((line) => {
    const [, name, value] = LINE.exec(line) ?? [];
    return name === undefined ? [] : [[name, fromLine(value ?? '')] as const];
  });
  return Object.fromEntries(entries);
}

/** The comment with this note in place of the one in it, at the top where there was none; the rest is as it was. */
export function withNote(comment: string | null, note: Note): string {
  const old = comment ?? '';
  const lines = Object.entries(note).map(([name, value]) => `${name}: ${toLine(value)}`);
  const text = [FIRST, ...lines, LAST].join('\n');
  const found = NOTE.exec(old);
  const start = found?.index ?? 0;
  const rest = old.slice(start + (found?.[0].length ?? 0));
  return `${old.slice(0, start)}${text}${rest === '' || /^\r?\n/.test(rest) ? rest : `\n${rest}`}`;
}

/** A pattern of Tryton's `like` for comments that may have this line; the note itself decides. */
export function lineLike(name: string, value = ''): string {
  return `%${name}: ${toLine(value).replace(/[\\%_]/g, '\\$&')}%`;
}

/** A value in one line. */
function toLine(value: string): string {
  return value.replace(/[\\\r\n]/g, (character) => ESCAPES[character] ?? '');
}

function fromLine(text: string): string {
  return text.replace(/\\[\\rn]/g, (escape) => Object.keys(ESCAPES).find((key) => ESCAPES[key] === escape) ?? escape);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n' };
