/** Contract versions: written once, never changed (decisions.md 17). */
import type { EntityManager } from 'typeorm';
import { type Contract, renumbered } from '../../domain/deal/contract.ts';
import { DomainError } from '../../domain/errors.ts';
import { canonicalJson, hashOf } from '../canonical-json.ts';
import { ContractVersionRow } from '../rows/contract-version.row.ts';

/** A stored version and the hash of its document. */
export interface StoredContract {
  contract: Contract;
  hash: string;
}

/** Contract versions of engagements. */
export class Contracts {
  constructor(private readonly db: EntityManager) {}

  /** The number that another version would get; 1 for the first. */
  async nextVersion(engagementId: string): Promise<number> {
    return ((await this.db.maximum(ContractVersionRow, 'version', { engagementId })) ?? 0) + 1;
  }

  /**
   * Keeps a version and returns it. Where the latest version says the same, that one is returned: a repeated validation
   * adds none.
   * @throws CONTRACT_VERSION_TAKEN when the version exists with other content
   */
  async put(engagementId: string, contract: Contract): Promise<StoredContract> {
    const latest = await this.latestRow(engagementId);
    if (latest && canonicalJson(renumbered(contract, latest.version)) === canonicalJson(latest.document)) {
      return { contract: latest.document, hash: latest.hash };
    }
    const { version, startOn: effectiveOn } = contract;
    const row = { engagementId, version, hash: hashOf(contract), effectiveOn, document: contract };
    await this.db.createQueryBuilder().insert().into(ContractVersionRow).values(row).orIgnore().execute();
    const kept = await this.db.findOneByOrFail(ContractVersionRow, { engagementId, version });
    if (kept.hash === row.hash) return { contract: kept.document, hash: kept.hash };
    const message = `version ${String(version)} of the contract of ${engagementId} exists with other content`;
    throw new DomainError('CONTRACT_VERSION_TAKEN', message, { engagementId, version });
  }

  /** The latest version, undefined before validation. */
  async latest(engagementId: string): Promise<Contract | undefined> {
    return (await this.latestRow(engagementId))?.document;
  }

  private async latestRow(engagementId: string): Promise<ContractVersionRow | undefined> {
    return (
      await this.db.find(ContractVersionRow, { where: { engagementId }, order: { version: 'DESC' }, take: 1 })
    )[0];
  }

  /** @throws CONTRACT_UNKNOWN */
  async get(engagementId: string, version: number): Promise<Contract> {
    const row = await this.db.findOneBy(ContractVersionRow, { engagementId, version });
    if (row) return row.document;
    const message = `engagement ${engagementId} has no contract version ${String(version)}`;
    throw new DomainError('CONTRACT_UNKNOWN', message, { engagementId, version });
  }
}
