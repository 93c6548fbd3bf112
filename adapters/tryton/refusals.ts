/**
 * What Tryton's refusals mean. It has no error codes: an error is a kind and a sentence, so the sentence (in English,
 * which every call asks for) decides here and nowhere else. Any error in an answer means that the call was rolled back:
 * nothing was written.
 */
import type { AdapterErrorKind } from '../ports/errors.ts';

/** A refusal, understood. `code` is a stable name for support and for callers that look at the state. */
export interface Refusal {
  kind: AdapterErrorKind;
  code: string;
  message: string;
  /** Of a warning: the name under which a user passes it over. */
  warning?: string;
}

/** Codes that callers tell apart. */
export const BUTTON_NOT_OFFERED = 'BUTTON_NOT_OFFERED';
export const PERIOD_CLOSED = 'PERIOD_CLOSED';

/** Sentences of UserError, first match wins; everything else is `rejected`. Source: message.xml of both series. */
const SENTENCES: readonly [pattern: RegExp, kind: AdapterErrorKind, code: string][] = [
  // Two first postings of a period at once make the same journal-period.
  [/only one journal per period/, 'unavailable', 'COLLISION'],
  [/Failed to save, please retry/, 'unavailable', 'COLLISION'],
  // 6.0, where the session ended in the middle of the call.
  [/ of "Session" that don't exist/, 'unavailable', 'SESSION_ENDED'],
  [/must be unique/, 'conflict', 'DUPLICATE'],
  [/^You can not call "/, 'conflict', BUTTON_NOT_OFFERED],
  [/^You are trying to (read|write to) records .* that don't exist/, 'not_found', 'RECORD_MISSING'],
  [/^You are not allowed to (create|read|write to|delete) records .* rules/, 'not_found', 'RECORD_NOT_YOURS'],
  // The last is the name of a sentence that 6.0 does not have.
  [
    /^You are not allowed to (access|execute)|^Calling button .* is not allowed|^ir\.msg_access/,
    'unauthorised',
    'RIGHT_MISSING',
  ],
  [/^To continue, you must (create|reopen) (a|the) (period|fiscal year)/, 'rejected', PERIOD_CLOSED],
  [/closed (journal-)?period|^The period of move .* is closed/, 'rejected', PERIOD_CLOSED],
  [/^You cannot modify posted move|it is posted, paid or cancelled/, 'conflict', 'POSTED'],
];

/** Errors of the database that reach the caller: the transaction was undone, another try can help. */
const COLLISION = /could not (serialize access|obtain lock)|deadlock detected/;
const DUPLICATE_KEY = /duplicate key value violates|conflicting key value violates/;

/** The refusal in the `error` of an answer. */
export function refusalOf(error: unknown): Refusal {
  const [kind, detail] = Array.isArray(error) ? (error as unknown[]) : [error];
  const parts = (Array.isArray(detail) ? (detail as unknown[]) : [detail]).map(textOf);
  switch (kind) {
    case 'UserError':
      return userError(sentenceOf(parts[0]));
    case 'UserWarning':
      return {
        kind: 'rejected',
        code: 'WARNING',
        message: `Tryton asks a person: ${sentenceOf(parts[1])}`,
        warning: parts[0] ?? '',
      };
    case 'ConcurrencyException':
      // Nothing was written; the next attempt looks again and decides anew.
      return { kind: 'unavailable', code: 'CHANGED_MEANWHILE', message: 'somebody else changed the record meanwhile' };
    case 'LoginException':
      return { kind: 'unauthorised', code: 'LOGIN', message: sentenceOf(parts[1]) };
    default:
      return (
        databaseRefusal(textOf(kind)) ?? { kind: 'contract_broken', code: 'FAULT', message: sentenceOf(textOf(kind)) }
      );
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A collision or a duplicate that the database reported, in an answer or in the text of an HTTP 503. */
export function databaseRefusal(text: string): Refusal | undefined {
  if (COLLISION.test(text))
    return { kind: 'unavailable', code: 'COLLISION', message: 'another call was writing the same' };
  if (DUPLICATE_KEY.test(text))
    return { kind: 'conflict', code: 'DUPLICATE', message: 'a record with this key is there' };
  return undefined;
}

function userError(message: string): Refusal {
  const [, kind, code] = SENTENCES.find(([pattern]) => pattern.test(message)) ?? [];
  return { kind: kind ?? 'rejected', code: code ?? 'USER_ERROR', message };
}

/** The first line: what follows is advice for Tryton's own client, or a domain of up to 30 kB. */
function sentenceOf(text: string | undefined): string {
  const [line = ''] = (text ?? '').trim().split('\n');
  return line === '' ? 'without an explanation' : line;
}
