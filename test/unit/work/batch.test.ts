/** What a decision on work binds to, what a batch comes to, and when a decision is refused. */
import fc from 'fast-check';
import type { Actor } from '../../../domain/actor.ts';
import type { Connection } from '../../../domain/configuration.ts';
import {
  type AskedDecision,
  batchIdOf,
  contentOf,
  entriesOf,
  entryKeyOf,
  type FoundBatch,
  readBatchId,
  refusalOfWorkDecision,
  totalsOf,
  type WorkEntry,
} from '../../../domain/work/batch.ts';

const BATCH = { engagementId: 'eng_1', legalEntityId: 'TL-UK', month: '2031-01' };
const PSA = 'tryton-main';

function time(entryId: string, minutes: number, change: Partial<WorkEntry> = {}): WorkEntry {
  return {
    ...{ kind: 'time', connectionId: PSA, entryId, version: '1', resourceId: '7', workedOn: '2031-01-13' },
    ...{ role: 'Consultant', minutes, amountMinor: null, currency: null, billable: true },
    ...change,
  };
}

function expense(entryId: string, amountMinor: number, currency: string): WorkEntry {
  return { ...time(entryId, 0), kind: 'expense', role: 'Travel', minutes: null, amountMinor, currency };
}

const ENTRIES = [time('1', 480), time('2', 60, { role: 'Architect' }), expense('1', 4_000, 'GBP')];
const content = (entries: readonly WorkEntry[], batch = BATCH): string => JSON.stringify(contentOf(batch, entries));

describe('the content of a batch', () => {
  test('is the same in whatever order its entries were read', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ENTRIES, { minLength: ENTRIES.length }), (shuffled) => {
        expect(content(shuffled)).toBe(content(ENTRIES));
      }),
    );
  });

  test.each<[string, Partial<WorkEntry>]>([
    ['version', { version: '2' }],
    ['minutes', { minutes: 479 }],
    ['date', { workedOn: '2031-01-14' }],
    ['role', { role: 'Principal' }],
    ['person', { resourceId: '8' }],
    ['billability', { billable: false }],
    ['system', { connectionId: 'tryton-asia' }],
  ])('is another one with another %s', (_what, change) => {
    const [first, ...others] = ENTRIES;
    expect(content([{ ...(first ?? time('1', 0)), ...change }, ...others])).not.toBe(content(ENTRIES));
  });

  test('is another one with another amount, with an entry less, and in another month or legal entity', () => {
    const others = [
      content([...ENTRIES.slice(0, 2), expense('1', 4_001, 'GBP')]),
      content([...ENTRIES.slice(0, 2), expense('1', 4_000, 'EUR')]),
      content(ENTRIES.slice(1)),
      content(ENTRIES, { ...BATCH, month: '2031-02' }),
      content(ENTRIES, { ...BATCH, legalEntityId: 'TL-DE' }),
      content([]),
    ];
    expect(new Set([...others, content(ENTRIES)]).size).toBe(7);
  });

  test('tells time and an expense of the same id apart', () => {
    expect(new Set(ENTRIES.map(entryKeyOf)).size).toBe(3);
  });
});

test('a batch is found by its id, also where the legal entity has dots in it', () => {
  for (const batch of [BATCH, { ...BATCH, legalEntityId: 'a.b' }]) expect(readBatchId(batchIdOf(batch))).toEqual(batch);
  for (const text of ['', 'eng_1', 'eng_1.TL-UK', 'eng_1.TL-UK.2031-13', 'eng_1..2031-01']) {
    expect(readBatchId(text)).toBeUndefined();
  }
});

test('totals are minutes by role and expenses by currency', () => {
  const entries = [
    ...[...ENTRIES, time('3', 30, { billable: false })],
    ...[expense('2', 1_000, 'GBP'), expense('3', 700, 'EUR')],
  ];
  // Consultant 480 + 30, of which 480 billable; 40.00 + 10.00 = 50.00 GBP
  expect(totalsOf(entries)).toEqual({
    roles: [
      { role: 'Architect', entries: 1, minutes: 60, billableMinutes: 60 },
      { role: 'Consultant', entries: 2, minutes: 510, billableMinutes: 480 },
    ],
    expenses: [
      { amountMinor: 5_000, currency: 'GBP' },
      { amountMinor: 700, currency: 'EUR' },
    ],
  });
  expect(totalsOf([])).toEqual({ roles: [], expenses: [] });
});

describe('a decision', () => {
  const found: FoundBatch = { legalEntityId: 'TL-UK', stage: 'active', hash: 'h', entries: ENTRIES };
  const lead: Actor = { subject: 'lead@firm', roles: ['delivery'], legalEntities: ['TL-UK'] };
  const connection: Connection = {
    ...{ connectionId: PSA, capability: 'psa', vendor: 'kantata', baseUrl: 'http://x', credentialsVariable: 'X' },
    ...{ timeoutMs: 1, people: { '7': 'Sam.Poe@firm' } },
  };
  function codeOf(asked: Partial<AskedDecision> = {}, batch: Partial<FoundBatch> = {}): string | undefined {
    const whole: AskedDecision = { actor: lead, verdict: 'approved', hash: 'h', entryKeys: null, ...asked };
    return refusalOfWorkDecision(whole, { ...found, ...batch }, { [PSA]: connection })?.code;
  }

  test('of a delivery lead on what he saw is taken, also on part of it', () => {
    expect(codeOf()).toBeUndefined();
    const asked = { actor: lead, verdict: 'rejected' as const, hash: 'h', entryKeys: [`expense:${PSA}:1`] };
    expect(refusalOfWorkDecision(asked, found, {})).toBeUndefined();
    expect(entriesOf(asked, found)).toEqual([ENTRIES[2]]);
  });

  test('of a machine, of another role, for another legal entity is refused', () => {
    expect(codeOf({ actor: { ...lead, roles: ['delivery', 'integration'] } })).toBe('MACHINE_NEVER_APPROVES');
    expect(codeOf({ actor: { ...lead, subject: 'policy:time' } })).toBe('MACHINE_NEVER_APPROVES');
    expect(codeOf({ actor: { ...lead, roles: ['fin-approver', 'ops'] } })).toBe('ROLE_MISSING');
    expect(codeOf({ actor: { ...lead, legalEntities: ['TL-DE'] } })).toBe('ENTITY_FORBIDDEN');
  });

  test('on other content, on what does not wait, on nothing is refused', () => {
    expect(codeOf({ hash: 'old' })).toBe('BATCH_CHANGED');
    expect(codeOf({ entryKeys: [`time:${PSA}:9`] })).toBe('ENTRY_NOT_WAITING');
    expect(codeOf({ entryKeys: [] })).toBe('ENTRY_NOT_WAITING');
    expect(codeOf({}, { entries: [] })).toBe('ENTRY_NOT_WAITING');
  });

  test('approves only while the engagement takes work; a rejection needs no such thing', () => {
    const stages = [
      'validating',
      'provisioning',
      'ready',
      'suspended',
      'compensating',
      'parked',
      'cancelled',
      'closed',
    ];
    for (const stage of stages as FoundBatch['stage'][]) {
      expect({ stage, code: codeOf({}, { stage }) }).toEqual({ stage, code: 'ENGAGEMENT_TAKES_NO_WORK' });
      expect(codeOf({ verdict: 'rejected' }, { stage })).toBeUndefined();
    }
    expect(codeOf({}, { stage: 'completing' })).toBeUndefined();
  });

  test('on own work is refused, however the subject is written, also through a deputy, and for rejecting', () => {
    const own = { subject: 'SAM.poe@firm ', roles: ['delivery' as const], legalEntities: ['*'] };
    expect(codeOf({ actor: own })).toBe('OWN_WORK');
    expect(codeOf({ actor: own, verdict: 'rejected' })).toBe('OWN_WORK');
    expect(codeOf({ actor: { ...lead, onBehalfOf: 'sam.poe@firm' } })).toBe('OWN_WORK');
    // Nobody says who "8" is: then the id itself may be the subject.
    const entries = [time('1', 60, { resourceId: 'lead@firm' }), time('2', 60, { resourceId: '8' })];
    expect(codeOf({}, { entries })).toBe('OWN_WORK');
    expect(codeOf({ entryKeys: [`time:${PSA}:2`] }, { entries })).toBeUndefined();
  });

  test('that is refused names the entries that are in the way', () => {
    const asked: AskedDecision = {
      actor: { ...lead, subject: 'sam.poe@firm' },
      verdict: 'approved',
      hash: 'h',
      entryKeys: null,
    };
    expect(refusalOfWorkDecision(asked, found, { [PSA]: connection })?.entryKeys).toEqual(ENTRIES.map(entryKeyOf));
  });
});
