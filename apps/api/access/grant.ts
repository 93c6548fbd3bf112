/**
 * Issuing a token, with the rule that looks at the person: roles that must not meet are refused also when they come in
 * two tokens, one after the other or at once (operations.md, section 5).
 */
import { type Actor, personOf } from '../../../domain/actor.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Books } from '../../../persistence/books.ts';
import { conflictOf } from './role-conflicts.ts';

/** Whom a token stands for, and until when; without an end it is valid for ever. */
export interface Grant {
  subject: string;
  roles: readonly string[];
  legalEntities: readonly string[];
  expiresAt?: Date;
}

/**
 * Issues the token and answers its text.
 * @throws ROLES_CONFLICT with the roles, and whether one of them comes from a token that the person has; ROLE_UNKNOWN
 */
export function grantToken(books: Books, grant: Grant): Promise<string> {
  return books.exclusively(`token:${personOf(grant.subject)}`, async (inOne) => {
    const held = await inOne.tokens.rolesOf(grant.subject);
    const within = conflictOf(grant.roles);
    if (within) throw new DomainError('ROLES_CONFLICT', within, { subject: grant.subject });
    const across = conflictOf([...held, ...grant.roles]);
    if (across) throw new DomainError('ROLES_CONFLICT', acrossTokens(grant, held, across), { subject: grant.subject });
    return inOne.tokens.issue(grant);
  });
}

function acrossTokens({ subject }: Grant, held: Actor['roles'], conflict: string): string {
  return `${subject} holds ${held.join(', ')} by a token that is valid: ${conflict}. Revoke that token first`;
}
