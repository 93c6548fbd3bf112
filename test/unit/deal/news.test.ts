/** Two readings of a deal's record decide what happened; nothing else is believed. */
import { beginsAnew, type DealReading, newsOf } from '../../../domain/deal/news.ts';
import { stampOf, versionAfter } from '../../../domain/versions.ts';

const won: DealReading = { version: '2031-01-05T10:00:00.000Z', stage: 'won', terms: 't1', customer: 'c1' };
const LATER = '2031-01-06T10:00:00.000Z';
const later = (change: Partial<DealReading>): DealReading => ({ ...won, version: LATER, ...change });

describe('the news of a deal', () => {
  test.each([
    ['won', won, 'won'],
    ['open', { ...won, stage: 'open' as const }, 'reopened'],
    ['lost', { ...won, stage: 'lost' as const }, 'lost'],
  ])('that nobody has read and that is %s is its stage', (_stage, now, news) => {
    expect(newsOf(null, now)).toBe(news);
  });

  test.each([
    ['won', 'open', 'reopened'],
    ['won', 'lost', 'lost'],
    ['open', 'won', 'won'],
    ['open', 'lost', 'lost'],
    ['lost', 'won', 'won'],
    ['lost', 'open', null],
  ] as const)('that was %s and is %s: %s', (before, after, news) => {
    expect(newsOf({ ...won, stage: before }, later({ stage: after }))).toBe(news);
  });

  test('that was written to by us, and says the same under a new version, is none', () => {
    expect(newsOf(won, later({}))).toBeNull();
  });

  test('that is won and says something else is a change; of its customer alone, a smaller one', () => {
    expect(newsOf(won, later({ terms: 't2' }))).toBe('changed');
    expect(newsOf(won, later({ terms: 't2', customer: 'c2' }))).toBe('changed');
    expect(newsOf(won, later({ customer: 'c2' }))).toBe('customerChanged');
  });

  test.each(['open', 'lost'] as const)('that is still %s is none, whatever else changed', (stage) => {
    expect(newsOf({ ...won, stage }, later({ stage, terms: 't2' }))).toBeNull();
  });

  test('in a reading older than the known one is none', () => {
    expect(newsOf(later({}), { ...won, stage: 'open' })).toBeNull();
    expect(newsOf(later({ version: `${LATER}#2` }), { ...won, stage: 'lost' })).toBeNull();
  });

  test('that changed twice under one coarse stamp is told twice, and the versions sort', () => {
    const second = versionAfter(won.version, won.version);
    expect(newsOf(won, { ...won, stage: 'open' })).toBe('reopened');
    expect(newsOf({ ...won, stage: 'open', version: second }, won)).toBe('won');
    expect([won.version < second, second < LATER, stampOf(second)]).toEqual([true, true, won.version]);
  });
});

test('what ended begins anew with a deal won again or changed; a customer counts without a contract', () => {
  const all = ['won', 'changed', 'customerChanged', 'reopened', 'lost'] as const;
  expect(all.filter((news) => beginsAnew(news, { hadContract: true }))).toEqual(['won', 'changed']);
  expect(all.filter((news) => beginsAnew(news, { hadContract: false }))).toEqual(['won', 'changed', 'customerChanged']);
});
