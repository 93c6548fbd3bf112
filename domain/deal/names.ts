/**
 * Names of a deal and its parts. They become titles of projects, tasks, invoices and customers in other systems, with
 * our additions (a legal entity, a role), and stand in messages and on pages: so they must be there, be of a length
 * that every system takes, and be one printable line. Where an interface states no limit of its own, this one holds.
 */
import type { Role } from '../actor.ts';
import { type Findings, quoted, UNPRINTABLE } from './findings.ts';
import { readText, type Term } from './read-terms.ts';

/** Characters (code points) of a name: with what we add to it, it stays below the usual 255 of a title. */
export const NAME_LENGTH_MAX = 120;

/** How messages call a part of a deal: by its name, or by its place (from 1) where it has none. */
export function labelOf(what: string, name: string, index: number): string {
  return name.trim() === '' ? `${what} ${String(index + 1)}` : `${what} ${quoted(name)}`;
}

/** A name that every system can hold. The codes are `<subject>_MISSING`, `<subject>_TOO_LONG`, `<subject>_INVALID`. */
export function readName(
  findings: Findings,
  subject: string,
  term: Term,
  value: string,
  owner?: Role,
): string | undefined {
  const name = readText(findings, subject, term, value, owner);
  if (name === undefined) return undefined;
  const { length } = [...name];
  if (length > NAME_LENGTH_MAX) {
    const possible = `at most ${String(NAME_LENGTH_MAX)} are possible`;
    const message = `${term.label} ${quoted(name)} has ${String(length)} characters; ${possible}`;
    findings.invalid(`${subject}_TOO_LONG`, term.field, message, owner);
    return undefined;
  }
  const found = UNPRINTABLE.exec(name);
  if (!found) return name;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const message = `${term.label} ${quoted(name)} has a character that cannot be printed (U+${code}): type it again`;
  findings.invalid(`${subject}_INVALID`, term.field, message, owner);
  return undefined;
}
