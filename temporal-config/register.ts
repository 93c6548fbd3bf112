// Brings a Temporal server to what the application expects: the namespace with its retention and the search
// attributes. Idempotent, so that it runs at every start. set-up.ts is the program around it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';

const { IndexedValueType } = proto.temporal.api.enums.v1;
type IndexedValueType = temporal.api.enums.v1.IndexedValueType;

const DAY_MS = 24 * 60 * 60 * 1000;
const USABLE_WITHIN_MS = 30_000;
/** How a server answers while a new namespace or attribute is on its way through its caches. */
const TRANSIENT = new Set([status.NOT_FOUND, status.INVALID_ARGUMENT, status.UNAVAILABLE, status.RESOURCE_EXHAUSTED]);

export interface Registration {
  namespace: string;
  retentionDays: number;
  description?: string;
  /** Name to type (Keyword, Text, Int, Double, Bool, Datetime, KeywordList). */
  searchAttributes: Readonly<Record<string, string>>;
}

/**
 * Creates or updates the namespace, adds missing search attributes and waits until the server uses them.
 * @throws Error when an existing attribute has another type, or the server does not take them within 30 s
 */
export async function registerNamespace(connection: Connection, registration: Registration): Promise<void> {
  await createOrUpdate(connection, registration);
  await addSearchAttributes(connection, registration);
  await waitUntilUsable(connection, registration);
}

async function createOrUpdate(connection: Connection, registration: Registration): Promise<void> {
  const { namespace, description = '', retentionDays } = registration;
  const retention = msToTs(retentionDays * DAY_MS);
  const { workflowService } = connection;
  try {
    await workflowService.registerNamespace({ namespace, description, workflowExecutionRetentionPeriod: retention });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== status.ALREADY_EXISTS) throw error;
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: retention } });
  }
}

/** A new namespace is not known to every part of the server at once, so the first calls may be refused. */
async function addSearchAttributes(connection: Connection, registration: Registration): Promise<void> {
  const wanted = indexedValueTypes(registration.searchAttributes);
  await untilUsable(registration, async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: registration.namespace,
    });
    const missing = Object.entries(wanted).filter(([name]) => customAttributes[name] === undefined);
    for (const [name, type] of Object.entries(wanted)) {
      const existing = customAttributes[name];
      if (existing !== undefined && existing !== type) {
        throw new Error(
          `search attribute ${name} of namespace ${registration.namespace} exists with type ${existing}, not ${type}`,
        );
      }
    }
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace: registration.namespace,
      searchAttributes: Object.fromEntries(missing),
    });
  });
}

/** Asks for what a workflow needs: a list filtered by every attribute is refused as long as one is unknown. */
async function waitUntilUsable(connection: Connection, registration: Registration): Promise<void> {
  const query = Object.keys(registration.searchAttributes)
    .map((name) => `${name} IS NULL`)
    .join(' AND ');
  await untilUsable(registration, async () => {
    await connection.workflowService.countWorkflowExecutions({ namespace: registration.namespace, query });
  });
}

async function untilUsable({ namespace }: Registration, attempt: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + USABLE_WITHIN_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || !TRANSIENT.has(error.code)) throw error;
      if (Date.now() > giveUpAt) throw new Error(`namespace ${namespace} is not usable`, { cause: error });
      await delay(50);
    }
  }
}

function indexedValueTypes(attributes: Readonly<Record<string, string>>): Record<string, IndexedValueType> {
  const types = new Map<string, IndexedValueType>([
    ['Text', IndexedValueType.INDEXED_VALUE_TYPE_TEXT],
    ['Keyword', IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD],
    ['Int', IndexedValueType.INDEXED_VALUE_TYPE_INT],
    ['Double', IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE],
    ['Bool', IndexedValueType.INDEXED_VALUE_TYPE_BOOL],
    ['Datetime', IndexedValueType.INDEXED_VALUE_TYPE_DATETIME],
    ['KeywordList', IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST],
  ]);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, text]) => {
      const type = types.get(text);
      if (type === undefined) throw new Error(`search attribute ${name}: unknown type ${text}`);
      return [name, type];
    }),
  );
}

/** What temporal-config holds: the registration of this application, for another namespace name if one is given. */
export function readRegistration(folder: string, namespace?: string): Registration {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const standard = read('namespace.json') as Omit<Registration, 'searchAttributes'>;
  const searchAttributes = read('search-attributes.json') as Registration['searchAttributes'];
  return { ...standard, ...(namespace !== undefined && { namespace }), searchAttributes };
}
