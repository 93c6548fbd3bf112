/** A contract version as validated: immutable, with the hash of its document. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Contract } from '../../domain/deal/contract.ts';

@Entity({ name: 'contract_version' })
export class ContractVersionRow {
  @PrimaryColumn({ name: 'engagement_id', type: 'text' })
  engagementId: string;

  @PrimaryColumn({ type: 'integer' })
  version: number;

  @Column({ type: 'char', length: 64 })
  hash: string;

  @Column({ name: 'effective_on', type: 'date' })
  effectiveOn: string;

  @Column({ type: 'jsonb' })
  document: Contract;
}
