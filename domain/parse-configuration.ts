/**
 * Reads an installation's configuration from JSON, for the API and the worker alike. Everything that is wrong is told
 * at once, each with its path, so that an installation is not mended one restart at a time. Ids are the keys of the
 * JSON objects.
 */
import { type Role, ROLES } from './actor.ts';
import {
  ACCOUNT_ROLES,
  type Accounts,
  type Configuration,
  type Connection,
  DEFAULT_POLICY,
  type DeliveryTemplate,
  type ErpChange,
  LATER_ACCOUNT_ROLES,
  type LegalEntity,
  type Policy,
  type RoundingPolicy,
  type Vendor,
  RECORD_TYPES,
} from './configuration.ts';
import { DomainError } from './errors.ts';
import { lookup } from './lookup.ts';
import { isCurrency } from './money/currency.ts';
import { isDecimal, type RoundingMode } from './money/decimal.ts';
import { isPlainDate } from './time/plain-date.ts';

/** Idempotency keys hold an entity's id beside the engagement's, in 64 characters (decisions.md 6). */
const ENTITY_ID = /^[A-Za-z0-9-]{1,8}$/;
const CONNECTION_ID = /^[a-z0-9-]{1,32}$/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
const TIME_ZONE = /^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/;
const URL = /^https?:\/\/[^\s/]+(\/\S*)?$/;

/** What a vendor may be connected as; each connection is one of it. */
const CAPABILITIES_OF: Readonly<Record<Vendor, readonly Connection['capability'][]>> = {
  salesforce: ['crm'],
  kantata: ['psa'],
  netsuite: ['erp'],
  tryton: ['psa', 'erp'],
};

/** One JSON object on the way to a value: reads members, and writes down what is wrong with them. */
class Section {
  private readonly members: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(
    private readonly path: string,
    value: unknown,
    private readonly problems: string[],
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) this.refuse('', 'must be an object');
    this.members = isObject ? (value as Record<string, unknown>) : {};
  }

  refuse(name: string, message: string): void {
    const place = [this.path, name].filter((part) => part !== '').join('.');
    this.problems.push(`${place === '' ? 'configuration' : place} ${message}`);
  }

  names(): string[] {
    return Object.keys(this.members);
  }

  has(name: string): boolean {
    this.known.add(name);
    return this.members[name] !== undefined;
  }

  /** A text that passes the check; `expected` completes the sentence "x must be ...". */
  text(name: string, expected = 'a text', fits: (text: string) => boolean = (text) => text !== ''): string {
    this.known.add(name);
    const value = this.members[name];
    if (typeof value === 'string' && fits(value)) return value;
    this.refuse(name, value === undefined ? `is missing: it must be ${expected}` : `must be ${expected}`);
    return '';
  }

  oneOf<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const text = this.text(name, `one of ${values.join(', ')}`, (value) => values.some((known) => known === value));
    return values.find((known) => known === text) ?? values[0];
  }

  whole(name: string, least: number): number {
    this.known.add(name);
    const value = this.members[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    this.refuse(name, `must be a whole number of at least ${String(least)}`);
    return least;
  }

  flag(name: string): boolean {
    this.known.add(name);
    const value = this.members[name];
    if (typeof value !== 'boolean') this.refuse(name, 'must be true or false');
    return value === true;
  }

  texts(name: string, expected: string, fits: (text: string) => boolean = (text) => text !== ''): string[] {
    this.known.add(name);
    const value = this.members[name];
    const good = Array.isArray(value) && value.every((item) => typeof item === 'string' && fits(item));
    if (!good) this.refuse(name, `must be a list of ${expected}`);
    return good ? (value as string[]) : [];
  }

  section(name: string): Section {
    this.known.add(name);
    return new Section(this.path === '' ? name : `${this.path}.${name}`, this.members[name], this.problems);
  }

  /** A value for each member of the object `name`. */
  each<T>(name: string, read: (section: Section, key: string) => T): Record<string, T> {
    const whole = this.section(name);
    return Object.fromEntries(
      Object.keys(whole.members).map((key) => {
        const section = whole.section(key);
        const value = read(section, key);
        section.end();
        return [key, value];
      }),
    );
  }

  /** A value for each item of the list `name`. */
  list<T>(name: string, read: (section: Section) => T): T[] {
    this.known.add(name);
    const items: unknown = this.members[name];
    if (!Array.isArray(items)) this.refuse(name, 'must be a list');
    return (Array.isArray(items) ? (items as unknown[]) : []).map((item, index) => {
      const section = new Section(`${this.path}.${name}.${String(index + 1)}`, item, this.problems);
      const value = read(section);
      section.end();
      return value;
    });
  }

  /** The id that repeats the key, where it is given at all. */
  id(name: string, key: string, expected: string, pattern: RegExp): string {
    this.known.add(name);
    if (!pattern.test(key)) this.refuse('', `is named "${key}": the name must be ${expected}`);
    const value = this.members[name];
    if (value !== undefined && value !== key) this.refuse(name, `must be "${key}", the key it stands under`);
    return key;
  }

  /** Refuses members that nobody asked for: a misspelt setting must not be a silent default. */
  end(): void {
    for (const name of Object.keys(this.members)) if (!this.known.has(name)) this.refuse(name, 'is not a setting');
  }
}

/**
 * The configuration that the JSON states.
 * @throws CONFIGURATION_INVALID with every problem, each beginning with its path
 */
export function parseConfiguration(json: unknown): Configuration {
  const problems: string[] = [];
  const root = new Section('', json, problems);
  const configuration: Configuration = {
    connections: root.each('connections', readConnection),
    legalEntities: root.each('legalEntities', readLegalEntity),
    deliveryTemplates: root.each('deliveryTemplates', readTemplate),
    contractTemplates: root.texts('contractTemplates', 'contract template names'),
    serviceLines: root.texts('serviceLines', 'service line names'),
    ...(root.has('costRates') ? { costRates: readCostRates(root) } : {}),
    policy: root.has('policy') ? readPolicy(root.section('policy')) : DEFAULT_POLICY,
  };
  root.end();
  checkReferences(configuration, problems);
  if (problems.length > 0) {
    throw new DomainError('CONFIGURATION_INVALID', `the configuration is not usable:\n- ${problems.join('\n- ')}`, {
      problems,
    });
  }
  return configuration;
}

function readConnection(section: Section, key: string): Connection {
  const vendor = section.oneOf('vendor', ['salesforce', 'kantata', 'netsuite', 'tryton']);
  const capability = section.oneOf('capability', ['crm', 'psa', 'erp']);
  if (!CAPABILITIES_OF[vendor].includes(capability)) {
    section.refuse('capability', `must be ${CAPABILITIES_OF[vendor].join(' or ')} for ${vendor}`);
  }
  const variable = (name: string): string =>
    section.text(name, 'the name of an environment variable', (text) => VARIABLE.test(text));
  const connection: Connection = {
    connectionId: section.id('connectionId', key, 'up to 32 characters a-z 0-9 -', CONNECTION_ID),
    capability,
    vendor,
    baseUrl: section.text('baseUrl', 'an http or https address', (text) => URL.test(text)),
    credentialsVariable: variable('credentialsVariable'),
    timeoutMs: section.whole('timeoutMs', 1),
  };
  if (section.has('noticeSecretVariable')) {
    if (capability !== 'crm') section.refuse('noticeSecretVariable', 'is for CRM connections only');
    connection.noticeSecretVariable = variable('noticeSecretVariable');
  }
  if (section.has('recordUrls')) {
    const urls = section.section('recordUrls');
    const given = RECORD_TYPES.filter((type) => urls.has(type)).map((type) => [type, urls.text(type)]);
    connection.recordUrls = Object.fromEntries(given) as Connection['recordUrls'];
  }
  if (section.has('people')) {
    if (capability !== 'psa') section.refuse('people', 'is for PSA connections only');
    const people = section.section('people');
    connection.people = Object.fromEntries(people.names().map((id) => [id, people.text(id, 'the subject of a token')]));
  }
  if (section.has('pollEverySeconds')) connection.pollEverySeconds = section.whole('pollEverySeconds', 1);
  return connection;
}

function readLegalEntity(section: Section, key: string): LegalEntity {
  const entity: LegalEntity = {
    legalEntityId: section.id('legalEntityId', key, 'up to 8 characters A-Z a-z 0-9 -', ENTITY_ID),
    name: section.text('name'),
    countryCode: section.text('countryCode', 'an ISO 3166 code of two letters', (text) => /^[A-Z]{2}$/.test(text)),
    functionalCurrency: section.text('functionalCurrency', 'a currency of ISO 4217', isCurrency),
    timeZone: section.text('timeZone', 'an IANA time zone such as Europe/London', (text) => TIME_ZONE.test(text)),
    psaConnectionId: section.text('psaConnectionId'),
    erpConnectionId: section.text('erpConnectionId'),
    erpEntityRef: section.text('erpEntityRef'),
    rounding: readRounding(section.section('rounding')),
    accounts: readAccounts(section.section('accounts')),
    taxProfiles: section.each('taxProfiles', readTaxProfile),
    holidays: section.texts('holidays', 'dates YYYY-MM-DD', isPlainDate),
  };
  if (section.has('accountChanges')) {
    entity.accountChanges = section.each('accountChanges', readAccountChanges);
  }
  if (section.has('erpChanges')) entity.erpChanges = section.list('erpChanges', readErpChange);
  return entity;
}

/** The ERP that serves an entity from a date on, with what differs there. */
function readErpChange(section: Section): ErpChange {
  const change: ErpChange = {
    from: section.text('from', 'a date YYYY-MM-DD', isPlainDate),
    erpConnectionId: section.text('erpConnectionId'),
    erpEntityRef: section.text('erpEntityRef'),
  };
  if (section.has('accounts')) change.accounts = readSomeAccounts(section.section('accounts'));
  if (section.has('accountChanges')) change.accountChanges = section.each('accountChanges', readAccountChanges);
  if (section.has('taxCodes')) {
    const codes = section.section('taxCodes');
    change.taxCodes = Object.fromEntries(codes.names().map((profile) => [profile, codes.text(profile)]));
  }
  if (section.has('taxRounding')) {
    const rounding = section.section('taxRounding');
    change.taxRounding = { tax: rounding.oneOf('tax', TAX_OF), taxMode: rounding.oneOf('taxMode', TAX_MODES) };
    rounding.end();
  }
  return change;
}

/** Roles whose account number an ERP has of its own. */
function readSomeAccounts(section: Section): NonNullable<ErpChange['accounts']> {
  const given = [...ACCOUNT_ROLES, ...LATER_ACCOUNT_ROLES].filter((role) => section.has(role));
  const accounts = given.map((role) => [role, section.text(role, 'an account number')]);
  section.end();
  return Object.fromEntries(accounts) as NonNullable<ErpChange['accounts']>;
}

const TAX_OF = ['per-rate', 'per-line'] as const satisfies RoundingPolicy['tax'][];
const TAX_MODES = ['half-away-from-zero', 'half-even', 'down', 'up'] as const satisfies RoundingMode[];

function readRounding(section: Section): RoundingPolicy {
  const rounding: RoundingPolicy = {
    mode: section.oneOf('mode', ['half-away-from-zero', 'half-even']),
    tax: section.oneOf('tax', TAX_OF),
  };
  if (section.has('taxMode')) rounding.taxMode = section.oneOf('taxMode', TAX_MODES);
  section.end();
  return rounding;
}

/** An account that stands under a later role only where the installation has one. */
function readAccounts(section: Section): Accounts {
  const roles = [...ACCOUNT_ROLES, ...LATER_ACCOUNT_ROLES.filter((role) => section.has(role))];
  const accounts = roles.map((role) => [role, section.text(role, 'an account number')]);
  section.end();
  return Object.fromEntries(accounts) as Accounts;
}

/** The account numbers of one role by the date from which they hold. */
function readAccountChanges(section: Section, role: string): Record<string, string> {
  if (![...ACCOUNT_ROLES, ...LATER_ACCOUNT_ROLES].some((known) => known === role)) {
    section.refuse('', 'is not a role of our postings');
  }
  return Object.fromEntries(
    section.names().map((from) => {
      if (!isPlainDate(from)) section.refuse(from, 'must be named by a date YYYY-MM-DD');
      return [from, section.text(from, 'an account number')];
    }),
  );
}

function readTaxProfile(section: Section): LegalEntity['taxProfiles'][string] {
  const isPercent = (text: string): boolean => isDecimal(text) && !text.startsWith('-');
  return {
    ratePercent: section.text('ratePercent', 'a decimal string of zero or more', isPercent),
    code: section.text('code'),
    reverseCharge: section.flag('reverseCharge'),
  };
}

function readTemplate(section: Section, key: string): DeliveryTemplate {
  return {
    templateId: section.id('templateId', key, 'a text', /./),
    psaTemplateRef: section.text('psaTemplateRef'),
  };
}

/** By legal entity and role; the role `*` is the default. */
function readCostRates(root: Section): NonNullable<Configuration['costRates']> {
  const isRate = (text: string): boolean => isDecimal(text) && !text.startsWith('-');
  return root.each('costRates', (entity) =>
    Object.fromEntries(entity.names().map((role) => [role, entity.text(role, 'a decimal string per hour', isRate)])),
  );
}

/** What is not given is as in production. */
function readPolicy(section: Section): Policy {
  const whole = (name: Exclude<keyof Policy, 'approvers'>, least: number): number =>
    section.has(name) ? section.whole(name, least) : DEFAULT_POLICY[name];
  const policy: Policy = {
    probeDelayMs: whole('probeDelayMs', 1),
    probeDelayMaxMs: whole('probeDelayMaxMs', 1),
    firstAttemptMs: whole('firstAttemptMs', 1),
    probeMs: whole('probeMs', 1),
    lateArrivalMs: whole('lateArrivalMs', 0),
    undoProbesMax: whole('undoProbesMax', 0),
    approvalDueMs: whole('approvalDueMs', 1),
    approvers: section.has('approvers') ? readApprovers(section.section('approvers')) : DEFAULT_POLICY.approvers,
  };
  section.end();
  return policy;
}

function readApprovers(section: Section): Policy['approvers'] {
  const isApprover = (text: string): boolean =>
    ROLES.some((role) => role === text && role !== 'auditor' && role !== 'integration');
  const roles = (name: 'activation' | 'invoice'): Role[] => {
    const given = section.texts(name, 'roles that may approve (all but auditor and integration)', isApprover) as Role[];
    if (given.length === 0) section.refuse(name, 'must name at least one role');
    return given;
  };
  const approvers = { activation: roles('activation'), invoice: roles('invoice') };
  section.end();
  return approvers;
}

function checkReferences({ connections, legalEntities, costRates }: Configuration, problems: string[]): void {
  for (const id of Object.keys(costRates ?? {})) {
    if (!lookup(legalEntities, id)) problems.push(`costRates.${id} names no legal entity`);
  }
  for (const [id, entity] of Object.entries(legalEntities)) {
    for (const capability of ['psa', 'erp'] as const) {
      const connectionId = entity[`${capability}ConnectionId`];
      if (connectionId === '' || lookup(connections, connectionId)?.capability === capability) continue;
      problems.push(
        `legalEntities.${id}.${capability}ConnectionId names "${connectionId}", which is no ${capability} connection`,
      );
    }
    checkErpChanges(`legalEntities.${id}.erpChanges`, entity, connections, problems);
  }
  if (Object.keys(legalEntities).length === 0) problems.push('legalEntities must have at least one entity');
  if (!Object.values(connections).some(({ capability }) => capability === 'crm')) {
    problems.push('connections must have at least one CRM connection');
  }
}

/** Dates rise, and no ERP comes twice: what was left is only finished there (ADR 0014). */
function checkErpChanges(
  path: string,
  { erpConnectionId, erpChanges = [], taxProfiles }: LegalEntity,
  connections: Configuration['connections'],
  problems: string[],
): void {
  const used = new Set([erpConnectionId]);
  let last = '';
  for (const [index, { from, erpConnectionId: id, taxCodes }] of erpChanges.entries()) {
    const place = `${path}.${String(index + 1)}`;
    if (from !== '' && from <= last)
      problems.push(`${place}.from must be later than ${last}, the date of the change before it`);
    if (id !== '' && lookup(connections, id)?.capability !== 'erp') {
      problems.push(`${place}.erpConnectionId names "${id}", which is no erp connection`);
    }
    if (used.has(id))
      problems.push(`${place}.erpConnectionId names "${id}" again: an ERP that was left is not come back to`);
    for (const profile of Object.keys(taxCodes ?? {})) {
      if (!lookup(taxProfiles, profile))
        problems.push(`${place}.taxCodes.${profile} names no tax profile of the entity`);
    }
    used.add(id);
    last = from;
  }
}
