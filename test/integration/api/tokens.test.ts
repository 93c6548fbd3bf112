/** Roles that must not meet in one person: refused within one token and across the tokens that the person holds. */
import type { DataSource } from 'typeorm';
import { type Grant, grantToken } from '../../../apps/api/access/grant.ts';
import { type Books, createBooks } from '../../../persistence/books.ts';
import { createDataSource } from '../../../persistence/data-source.ts';
import { freshDatabase } from '../../support/database.ts';

let dataSource: DataSource;
let books: Books;

beforeAll(async () => {
  dataSource = await createDataSource(await freshDatabase()).initialize();
  books = createBooks(dataSource);
});
afterAll(() => dataSource.destroy());

function grant(subject: string, roles: string[], more: Partial<Grant> = {}): Promise<string> {
  return grantToken(books, { subject, roles, legalEntities: ['*'], ...more });
}

describe('a token', () => {
  test('with roles that must not meet is refused', async () => {
    await expect(grant('ann', ['fin-preparer', 'fin-approver'])).rejects.toMatchObject({ code: 'ROLES_CONFLICT' });
    expect(await books.tokens.rolesOf('ann')).toEqual([]);
  });

  test('is refused for a role that conflicts with one of another token of the same person', async () => {
    await grant('bea', ['ops', 'fin-preparer']);
    await expect(grant('bea', ['fin-approver'])).rejects.toMatchObject({
      code: 'ROLES_CONFLICT',
      message:
        'bea holds ops, fin-preparer by a token that is valid: the roles fin-preparer and fin-approver cannot be ' +
        'granted together: who prepares an invoice does not approve it. Revoke that token first',
    });
    await grant('bea', ['delivery']);
    expect((await books.tokens.rolesOf('bea')).sort()).toEqual(['delivery', 'fin-preparer', 'ops']);
  });

  test('does not make another person of letter case or blanks', async () => {
    await grant('Cleo.Doe', ['fin-preparer']);
    for (const subject of ['cleo.doe', 'CLEO.DOE', ' cleo.doe'])
      await expect(grant(subject, ['fin-approver'])).rejects.toMatchObject({ code: 'ROLES_CONFLICT' });
    await grant('cleo.dow', ['fin-approver']);
  });

  test('that was revoked or is over does not count any more', async () => {
    const token = await grant('dan', ['fin-preparer'], { expiresAt: new Date(Date.now() + 60_000) });
    await expect(grant('dan', ['fin-approver'])).rejects.toMatchObject({ code: 'ROLES_CONFLICT' });
    await books.tokens.revoke(token);
    await books.tokens.issue({
      ...{ subject: 'dan', roles: ['fin-preparer'], legalEntities: ['*'], expiresAt: new Date('2020-01-01') },
    });
    const granted = await grant('dan', ['fin-approver']);
    expect(await books.tokens.find(granted)).toMatchObject({ subject: 'dan', roles: ['fin-approver'] });
  });

  test('of two that are asked for at once and conflict, one is issued', async () => {
    const outcomes = await Promise.allSettled([grant('eve', ['fin-preparer']), grant('Eve', ['fin-approver'])]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await books.tokens.rolesOf('eve')).toHaveLength(1);
  });
});
