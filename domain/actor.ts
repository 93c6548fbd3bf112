/**
 * Who did something: carried by every message, row and outbound header (decisions.md 19). Machines are named too:
 * `system:` for Throughline itself, `policy:` for a release by policy; neither ever approves.
 */

/** Roles of operations.md section 5. */
export const ROLES = ['ops', 'delivery', 'fin-preparer', 'fin-approver', 'admin', 'auditor', 'integration'] as const;

/** A role name. */
export type Role = (typeof ROLES)[number];

/** The person or machine behind a command or fact. */
export interface Actor {
  subject: string;
  roles: Role[];
  /** Legal entities that the actor may act for; `*` = all. */
  legalEntities: string[];
  onBehalfOf?: string;
  reason?: string;
}

/** Throughline itself. */
export const SYSTEM: Actor = { subject: 'system:throughline', roles: [], legalEntities: ['*'] };

/** True when the actor may act for the legal entity. */
export function actsFor(actor: Actor, legalEntityId: string): boolean {
  return actor.legalEntities.includes('*') || actor.legalEntities.includes(legalEntityId);
}

/** Which person a subject names: letter case, and blanks, do not make another person of it. */
export function personOf(subject: string): string {
  return subject.normalize('NFKC').replaceAll(/\s+/g, '').toLowerCase();
}

/** True for the same person or machine, acting for the same ones. */
export function isSameActor(one: Actor, other: Actor): boolean {
  const sides = [one, other].map((actor) => [...personsOf(actor), ...actor.legalEntities.toSorted()].join(' '));
  return sides[0] === sides[1];
}

/** The persons behind an actor: who acts, and on whose behalf. A rule about a person holds for each of them. */
export function personsOf({ subject, onBehalfOf }: Pick<Actor, 'subject' | 'onBehalfOf'>): string[] {
  return [subject, ...(onBehalfOf === undefined ? [] : [onBehalfOf])].map(personOf);
}

/** True for a machine: it may report facts and start work, and never approves (operations.md 5, rule 8). */
export function isMachine(actor: Actor): boolean {
  const subject = personOf(actor.subject);
  return subject.startsWith('system:') || subject.startsWith('policy:') || actor.roles.includes('integration');
}
