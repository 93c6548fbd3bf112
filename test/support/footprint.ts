/**
 * What of ours is active in the outside systems: projects, contracts, schedules, demands, customers in use and our
 * fields on deals. Two equal footprints mean that nothing was left behind and nothing was taken away.
 */
import type { SandboxClient, SandboxObject } from '../../scripts/demo/clients.ts';

const OUR_FIELDS = [
  'Throughline_Id__c',
  'Throughline_Stage__c',
  'Throughline_Project_Ref__c',
  'Throughline_Contract_Ref__c',
  'Throughline_Billed__c',
  'Throughline_Paid__c',
];

/** Fields of a customer that set-up writes. */
const CUSTOMER_FIELDS = ['companyName', 'currency', 'terms', 'custentity_tax_profile', 'vatRegNumber', 'subsidiary'];

function pick(object: Record<string, unknown>, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, object[field] ?? null]));
}

async function active(
  sandbox: SandboxClient,
  system: string,
  type: string,
  isActive: (object: Record<string, unknown>) => boolean,
): Promise<SandboxObject[]> {
  return (await sandbox.objects(system, type)).filter(({ object }) => isActive(object));
}

/** The footprint now, as comparable lines. */
export async function footprint(sandbox: SandboxClient): Promise<string[]> {
  const workspaces = await active(sandbox, 'kantata', 'workspaces', (workspace) => workspace.archived !== true);
  const alive = new Set(workspaces.map(({ id }) => id));
  const demands = await active(sandbox, 'kantata', 'staffing_demands', ({ workspace_id, state }) => {
    return state !== 'cancelled' && alive.has(String(workspace_id));
  });
  const orders = await active(sandbox, 'netsuite', 'salesOrder', ({ item }) => {
    return (item as { isClosed?: boolean }[]).some(({ isClosed }) => isClosed !== true);
  });
  const schedules = await active(sandbox, 'netsuite', 'billingSchedule', ({ isInactive }) => isInactive !== true);
  const customers = await active(sandbox, 'netsuite', 'customer', ({ isInactive }) => isInactive !== true);
  const deals = await active(sandbox, 'salesforce', 'Opportunity', (deal) =>
    OUR_FIELDS.some((field) => deal[field] != null),
  );
  const lines = [
    ...[...workspaces, ...demands, ...orders, ...schedules].map(({ type, id }) => `${type} ${id}`),
    ...customers.map(({ id, object }) => `customer ${id} ${JSON.stringify(pick(object, CUSTOMER_FIELDS))}`),
    ...deals.map(({ id, object }) => `deal ${id} ${JSON.stringify(pick(object, OUR_FIELDS))}`),
  ];
  return lines.sort();
}
