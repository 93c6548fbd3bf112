/**
 * Who may do what: permissions and the roles that have them (operations.md, section 5). The table decides whether a
 * request is heard at all; whether a person may decide on this very object (preparer, version, entity) is decided by
 * the engagement.
 */
import type { Actor, Role } from '../../../domain/actor.ts';
import { ROLES } from '../../../domain/actor.ts';
import type { InboxFactType } from '../../../domain/engagement/calls.ts';
import { WORK_APPROVERS } from '../../../domain/work/batch.ts';

/** Roles by permission. `anyone` needs no token: health, documentation and what proves itself by a signature. */
export const PERMISSIONS = {
  anyone: [],
  'engagement:read': ROLES,
  'engagement:start': ['ops', 'integration'],
  'engagement:cancel': ['ops'],
  'fact:report': ['integration', 'delivery'],
  'fact:read': ['ops', 'fin-preparer', 'fin-approver', 'auditor'],
  'fact:retry': ['ops', 'fin-preparer'],
  'approval:read': ['ops', 'delivery', 'fin-preparer', 'fin-approver', 'auditor'],
  'approval:decide': ['delivery', 'fin-preparer', 'fin-approver'],
  'exception:retry': ['ops', 'delivery', 'fin-preparer', 'fin-approver'],
  'note:acknowledge': ['ops', 'delivery', 'fin-preparer', 'fin-approver'],
  'invoice:redraft': ['ops', 'fin-preparer'],
  'work:read': ['ops', 'delivery', 'fin-preparer', 'fin-approver', 'auditor'],
  'work:decide': WORK_APPROVERS,
  'amount:read': ['ops', 'delivery', 'fin-preparer', 'fin-approver', 'auditor', 'integration'],
  'board:read': ['ops', 'delivery', 'fin-preparer', 'fin-approver', 'auditor'],
} as const satisfies Record<string, readonly Role[]>;

/** A permission's name. */
export type Permission = keyof typeof PERMISSIONS;

/** Facts that the delivery role may report; the integration role reports all. */
const DELIVERY_FACTS: readonly InboxFactType[] = [
  'milestoneStarted',
  'milestoneDelivered',
  'milestoneAccepted',
  'milestoneRejected',
];

/** True when one of the actor's roles has the permission. */
export function allows(actor: Actor, permission: Permission): boolean {
  const roles: readonly Role[] = PERMISSIONS[permission];
  return actor.roles.some((role) => roles.includes(role));
}

/** True when the actor may report a fact of this type. */
export function mayReport(actor: Actor, type: InboxFactType): boolean {
  return actor.roles.includes('integration') || (actor.roles.includes('delivery') && DELIVERY_FACTS.includes(type));
}
