/**
 * The search attributes of an engagement (decisions.md 21): what a list of engagements can be filtered by without our
 * database.
 */
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import type { EngagementSummary } from '../../domain/engagement/view.ts';
import type { WrittenAttributes } from '../engagement/contract.ts';

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

/** The attributes of a summary; null = not set. */
function attributesOf(summary: EngagementSummary): Record<keyof typeof KEYS, WrittenAttributes[string]> {
  return {
    engagementId: summary.engagementId,
    stage: summary.stage,
    legalEntity: summary.legalEntityIds[0] ?? null,
    customerId: summary.customerId,
    currency: summary.currencies[0] ?? null,
    blockedBy: summary.blockedBy,
    parkedReason: summary.parkedReason,
    ownerRole: summary.ownerRole,
    needsHuman: summary.needsHuman,
    dueAt: summary.decisionDueAt,
  };
}

/** What has to be written so that the attributes say what the summary says, and how they are then. Null removes one. */
export function attributeChanges(
  summary: EngagementSummary,
  written: WrittenAttributes,
): { changes: SearchAttributeUpdatePair[]; written: WrittenAttributes } {
  const wanted = attributesOf(summary);
  const names = (Object.keys(wanted) as (keyof typeof KEYS)[]).filter(
    (name) => wanted[name] !== (written[name] ?? null),
  );
  const changes = names.map((name) => {
    const value = wanted[name];
    const isDate = name === 'dueAt' && typeof value === 'number';
    return { key: KEYS[name], value: isDate ? new Date(value) : value } as SearchAttributeUpdatePair;
  });
  return { changes, written: wanted };
}
