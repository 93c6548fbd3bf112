/**
 * What a notice of a CRM says: a hint that a record changed. It is read after its signature was verified, and never
 * before.
 */
import { Problem, type ProblemItem } from '../http/problem.ts';
import type { InboxFactType } from '../../../domain/engagement/calls.ts';
import { lookup } from '../../../domain/lookup.ts';

/** A notice. `version` is the record's change stamp as an ISO instant in UTC; `type` is what it claims. */
export interface Notice {
  object: 'Opportunity' | 'Account';
  objectId: string;
  type: InboxFactType;
  version: string;
}

const TYPES: Readonly<Record<string, InboxFactType>> = {
  'closed-won': 'dealWon',
  changed: 'dealChanged',
  lost: 'dealLost',
  reopened: 'dealReopened',
};

const RULES: Readonly<Record<string, [pattern: RegExp, message: string]>> = {
  eventId: [/^[\x21-\x7e]{1,200}$/, 'eventId is the id of the notice, 1 to 200 visible ASCII characters'],
  object: [/^(Opportunity|Account)$/, 'object is Opportunity or Account'],
  objectId: [/^[A-Za-z0-9]{15,18}$/, 'objectId is a Salesforce record id of 15 or 18 characters'],
  changeType: [/^(closed-won|changed|lost|reopened)$/, 'changeType is closed-won, changed, lost or reopened'],
  systemModstamp: [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/, 'systemModstamp is a date and time'],
};

/** @throws NOTICE_MALFORMED, naming each place */
export function parseNotice(body: Buffer, webhookId: string): Notice {
  const content = parsed(body);
  const errors: ProblemItem[] = Object.entries(RULES).flatMap(([member, [pattern, message]]) => {
    const value = content[member];
    const fits = typeof value === 'string' && pattern.test(value);
    return fits ? [] : [{ pointer: `/${member}`, code: value === undefined ? 'MISSING' : 'MALFORMED', message }];
  });
  const { eventId, object, objectId, changeType, systemModstamp } = content as Record<string, string>;
  // Salesforce writes +0000. The version is the same text that reading the record gives, so that the two can be
  // compared.
  const occurredAtMs = Date.parse((systemModstamp ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (errors.length === 0 && Number.isNaN(occurredAtMs)) {
    errors.push({
      pointer: '/systemModstamp',
      code: 'MALFORMED',
      message: 'systemModstamp is no date of the calendar',
    });
  }
  if (errors.length === 0 && eventId !== webhookId) {
    errors.push({ pointer: '/eventId', code: 'DIFFERS', message: 'eventId differs from the signed webhook-id' });
  }
  const type = lookup(TYPES, changeType ?? '');
  if (errors.length > 0 || type === undefined) throw malformed(errors);
  const version = new Date(occurredAtMs).toISOString();
  return { object: object as Notice['object'], objectId: objectId ?? '', type, version };
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(body.toString('utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
      return content as Record<string, unknown>;
    }
  } catch {
    // Not JSON: the same answer as for JSON that is no object.
  }
  throw malformed([{ pointer: '', code: 'MALFORMED', message: 'a notice is a JSON object' }]);
}

function malformed(errors: ProblemItem[]): Problem {
  return new Problem(400, 'NOTICE_MALFORMED', errors.map(({ message }) => message).join('; '), { errors });
}
