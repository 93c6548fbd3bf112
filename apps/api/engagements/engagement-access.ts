/**
 * Which engagements a caller may know of: those of his legal entities, and those that do not belong to any yet. All
 * others do not exist for him, so that neither an answer nor its absence tells anything (operations.md 4.9, A2).
 */
import { Injectable } from '@nestjs/common';
import { type Actor, actsFor } from '../../../domain/actor.ts';
import { Books } from '../../../persistence/books.ts';
import type { EngagementRecord } from '../../../persistence/repositories/engagements.ts';
import type { PublishedView } from '../../../persistence/repositories/projection.ts';
import { Problem } from '../http/problem.ts';

const ID_PATTERN = /^eng_[0-9a-hjkmnp-tv-z]{26}$/;

/** An engagement that the caller may know of. `view` is undefined as long as nothing was published. */
export interface KnownEngagement {
  record: EngagementRecord;
  view: PublishedView | undefined;
}

@Injectable()
export class EngagementAccess {
  constructor(private readonly books: Books) {}

  /** @throws ENGAGEMENT_UNKNOWN also for what belongs to other legal entities */
  async require(engagementId: string, actor: Actor): Promise<KnownEngagement> {
    const known = await this.find(engagementId, actor);
    if (known) return known;
    throw new Problem(404, 'ENGAGEMENT_UNKNOWN', 'there is no such engagement in your legal entities');
  }

  /** Likewise by id; undefined for an id that nothing has, too. */
  async find(engagementId: string, actor: Actor): Promise<KnownEngagement | undefined> {
    const record = ID_PATTERN.test(engagementId) ? await this.books.engagements.find(engagementId) : undefined;
    return record && (await this.known(record, actor));
  }

  /** The engagement, or undefined when the caller may not know of it. */
  async known(record: EngagementRecord, actor: Actor): Promise<KnownEngagement | undefined> {
    const view = await this.books.projection.find(record.engagementId);
    const legalEntityIds = view?.summary.legalEntityIds ?? [];
    const visible = legalEntityIds.length === 0 || legalEntityIds.some((id) => actsFor(actor, id));
    return visible ? { record, view } : undefined;
  }
}
