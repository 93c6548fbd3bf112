/** Bearer tokens of the API. The token is shown once, when it is issued; the database keeps its SHA-256. */
import { createHash, randomBytes } from 'node:crypto';
import { type EntityManager, IsNull, MoreThan } from 'typeorm';
import { type Actor, personOf, type Role, ROLES } from '../../domain/actor.ts';
import { DomainError } from '../../domain/errors.ts';
import { ApiTokenRow } from '../rows/api-token.row.ts';

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}

/** Tokens and whom they stand for. */
export class ApiTokens {
  constructor(private readonly db: EntityManager) {}

  /**
   * Issues a token and returns its text. A given token (development, tests) is set to these rights.
   * @throws ROLE_UNKNOWN
   */
  async issue(grant: {
    subject: string;
    roles: readonly string[];
    legalEntities: readonly string[];
    expiresAt?: Date;
    token?: string;
  }): Promise<string> {
    const unknown = grant.roles.find((role) => !isRole(role));
    if (unknown !== undefined)
      throw new DomainError('ROLE_UNKNOWN', `there is no role "${unknown}"`, { role: unknown });
    const token = grant.token ?? `tl_${randomBytes(32).toString('base64url')}`;
    await this.db.save(ApiTokenRow, {
      tokenSha256: digest(token),
      subject: grant.subject,
      roles: [...grant.roles],
      legalEntities: [...grant.legalEntities],
      expiresAt: grant.expiresAt ?? null,
      revokedAt: null,
    });
    return token;
  }

  /** The actor behind a token; undefined when it is unknown, expired or revoked. */
  async find(token: string): Promise<Actor | undefined> {
    const row = await this.db.findOneBy(ApiTokenRow, { tokenSha256: digest(token) });
    if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt.getTime() <= Date.now()))
      return undefined;
    return { subject: row.subject, roles: row.roles.filter(isRole), legalEntities: row.legalEntities };
  }

  /** Roles that the person holds through tokens that are valid now, however their subjects are written. */
  async rolesOf(subject: string): Promise<Role[]> {
    const valid = [{ expiresAt: IsNull() }, { expiresAt: MoreThan(new Date()) }];
    const held = await this.db.findBy(
      ApiTokenRow,
      valid.map((until) => ({ revokedAt: IsNull(), ...until })),
    );
    const own = held.filter((row) => personOf(row.subject) === personOf(subject));
    return [...new Set(own.flatMap((row) => row.roles.filter(isRole)))];
  }

  /** Takes a token out of use. */
  async revoke(token: string): Promise<void> {
    await this.db.update(ApiTokenRow, { tokenSha256: digest(token) }, { revokedAt: new Date() });
  }
}
