/** The search attributes of an engagement (decisions.md 21): what a list of engagements can be filtered by without our database. */
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import type { EngagementSummary } from '../../domain/engagement/view.ts';

const KEYS = {
  engagementId: defineSearchAttributeKey('EngagementId', 'KEYWORD'),
  stage: defineSearchAttributeKey('Stage', 'KEYWORD'),
  legalEntity: defineSearchAttributeKey('LegalEntity', 'KEYWORD'),
  customerId: defineSearchAttributeKey('CustomerId', 'KEYWORD'),
  currency: defineSearchAttributeKey('Currency', 'KEYWORD'),
  blockedBy: defineSearchAttributeKey('BlockedBy', 'KEYWORD'),
  parkedReason: defineSearchAttributeKey('ParkedReason', 'KEYWORD'),
  ownerRole: defineSearchAttributeKey('OwnerRole', 'KEYWORD'),
  needsHuman: defineSearchAttributeKey('NeedsHuman', 'BOOL'),
  dueAt: defineSearchAttributeKey('DueAt', 'DATETIME'),
};

/** The attributes of a summary; null removes one. */
export function attributesOf(summary: EngagementSummary): SearchAttributeUpdatePair[] {
  return [
    { key: KEYS.engagementId, value: summary.engagementId },
    { key: KEYS.stage, value: summary.stage },
    { key: KEYS.legalEntity, value: summary.legalEntityIds[0] ?? null },
    { key: KEYS.customerId, value: summary.customerId },
    { key: KEYS.currency, value: summary.currencies[0] ?? null },
    { key: KEYS.blockedBy, value: summary.blockedBy },
    { key: KEYS.parkedReason, value: summary.parkedReason },
    { key: KEYS.ownerRole, value: summary.ownerRole },
    { key: KEYS.needsHuman, value: summary.needsHuman },
    { key: KEYS.dueAt, value: summary.decisionDueAt === null ? null : new Date(summary.decisionDueAt) },
  ];
}
