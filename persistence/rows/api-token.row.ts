/** A bearer token of the API: only its hash is kept, so that a stolen database opens nothing. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'api_token' })
export class ApiTokenRow {
  @PrimaryColumn({ name: 'token_sha256', type: 'char', length: 64 })
  tokenSha256: string;

  @Column({ type: 'text' })
  subject: string;

  @Column({ type: 'text', array: true })
  roles: string[];

  @Column({ name: 'legal_entities', type: 'text', array: true })
  legalEntities: string[];

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;
}
