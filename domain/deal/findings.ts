/**
 * What validation finds wrong with a deal, gathered so that a person sees everything at once and repairs it in one go.
 * A finding names the thing, what was expected and what is there, in words of finance, and who should act
 * (operations.md 3.3).
 */
import type { Role } from '../actor.ts';

/**
 * The class decides what happens next: data and mappings are waited for and checked again, conflicts need a decision.
 */
export type FindingClass = 'DATA_MISSING' | 'DATA_INVALID' | 'MAPPING' | 'RULE_CONFLICT';

/** One thing that stands in the way. `field` is a path in the deal, e.g. `lines[0].amount`. */
export interface Finding {
  code: string;
  class: FindingClass;
  field: string;
  message: string;
  ownerRole: Role;
}

/** A growing list of findings. */
export interface Findings {
  readonly list: readonly Finding[];
  /** A value is not there. */
  missing(code: string, field: string, message: string, ownerRole?: Role): void;
  /** A value is there and cannot be. */
  invalid(code: string, field: string, message: string, ownerRole?: Role): void;
  /** A code that this installation does not know. */
  unmapped(code: string, field: string, message: string, ownerRole?: Role): void;
  /** Terms that contradict each other. */
  conflict(code: string, field: string, message: string, ownerRole?: Role): void;
}

/** An empty list. Sales operations own data and mappings, finance owns conflicts, unless said otherwise. */
export function collectFindings(): Findings {
  const list: Finding[] = [];
  const entry =
    (findingClass: FindingClass, owner: Role) =>
    (code: string, field: string, message: string, ownerRole: Role = owner): void => {
      list.push({ code, class: findingClass, field, message, ownerRole });
    };
  return {
    list,
    missing: entry('DATA_MISSING', 'ops'),
    invalid: entry('DATA_INVALID', 'ops'),
    unmapped: entry('MAPPING', 'ops'),
    conflict: entry('RULE_CONFLICT', 'fin-preparer'),
  };
}

/** Control characters, line breaks, what turns the direction of text, and halves of characters. */
export const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** As much of a text as a message shows. */
const SHOWN_LENGTH_MAX = 60;

/** A text of another system as messages show it: one short line in quotes, whatever it holds. */
export function quoted(text: string): string {
  const characters = [...text].map((character) => (UNPRINTABLE.test(character) ? '\ufffd' : character));
  const shown = characters.slice(0, SHOWN_LENGTH_MAX).join('');
  return `"${shown}${characters.length > SHOWN_LENGTH_MAX ? '...' : ''}"`;
}
