/**
 * A small world whose PSA and ERP are a real Tryton: everything of `World`, a Tryton of its own, our API, and people
 * who act in Tryton with sessions of their own.
 */
import type { Configuration } from '../../domain/configuration.ts';
import type { BatchListView, BatchView } from '../../apps/api/work/time-batches.views.ts';
import { trytonConfiguration, trytonPsa, trytonSecrets, TRYTON_ERP } from '../../scripts/up/tryton-profile.ts';
import { enterTime, finishMilestone, payInvoice, type Worked } from '../../scripts/tryton/people.ts';
import type { Tryton } from '../../scripts/tryton/server.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { Api } from '../integration/api/api-of-test.ts';
import { approveInvoice, isQuiet } from '../support/people.ts';
import { testAddress } from '../support/temporal.ts';
import { World } from '../support/world.ts';
import { freshTryton } from './fresh-tryton.ts';

export interface TrytonWorld {
  world: World;
  tryton: Tryton;
  api: Api;
  company: (legalEntityId: string) => Tryton['companies'][number];
  /** Copies a deal of the sandbox, with changes of the deal and of its lines, and returns the copy's id. */
  dealLike: (dealId: string, name: string, fields: object, lineFields: object) => Promise<string>;
  /** Time is entered in Tryton, read, and approved in Throughline. */
  work: (legalEntityId: string, engagementId: string, worked: Worked[]) => Promise<void>;
  /** A milestone is done in Tryton, and read. */
  finish: (legalEntityId: string, milestone: { projectId: string; title: string; on: string }) => Promise<void>;
  /** The one pending invoice, whose total is given, is approved and posted. */
  invoice: (dealId: string, totalMinor: number) => Promise<EngagementSnapshot>;
  /** The accountant books that all open invoices that the engagement has in Tryton were paid. */
  pay: (dealId: string, on: string) => Promise<EngagementSnapshot>;
  close: () => Promise<void>;
}

/** Waits that suit a real system on a busy machine. */
const POLICY = { firstAttemptMs: 60_000, probeMs: 20_000 };

/** What a test may turn. */
export interface TrytonWorldOptions {
  /** How long one call to Tryton may take. */
  timeoutMs?: number;
  /** Where the calls go instead of the server itself. */
  through?: (url: string) => Promise<string>;
  policy?: Partial<Configuration['policy']>;
  /** Legal entities that are in Tryton from the beginning, beside the simulated systems; absent: Tryton is all. */
  beside?: string[];
}

function besideSimulated(ours: Configuration, theirs: Configuration, served: string[]): Configuration {
  const inTryton = Object.entries(theirs.legalEntities).filter(([legalEntityId]) => served.includes(legalEntityId));
  return {
    ...ours,
    connections: { ...ours.connections, ...theirs.connections },
    legalEntities: { ...ours.legalEntities, ...Object.fromEntries(inTryton) },
  };
}

export async function startTrytonWorld(options: TrytonWorldOptions = {}): Promise<TrytonWorld> {
  const tryton = await freshTryton();
  const url = (await options.through?.(tryton.url)) ?? tryton.url;
  const world = await World.start({
    policy: { ...POLICY, ...options.policy },
    configured: (ours) => {
      const theirs = trytonConfiguration(ours, tryton, { url, timeoutMs: options.timeoutMs ?? 20_000 });
      return options.beside ? besideSimulated(ours, theirs, options.beside) : theirs;
    },
    secrets: trytonSecrets(tryton),
  });
  const { databaseUrl, configuration, environment, namespace, sandbox } = world;
  const api = await Api.start({
    databaseUrl,
    configuration,
    environment,
    temporal: { address: testAddress(), namespace },
  });
  const company = (legalEntityId: string) => {
    const found = tryton.companies.find((each) => each.legalEntityId === legalEntityId);
    if (!found) throw new Error(`no company ${legalEntityId}`);
    return found;
  };
  const poll = (connectionId: string): Promise<void> => world.job({ job: 'poll', connectionId });

  async function approveWork(engagementId: string): Promise<void> {
    const path = '/v1/time-batches';
    const { body } = await api.get<BatchListView>('delivery', `${path}?status=waiting&engagementId=${engagementId}`);
    for (const { batchId } of body.data) {
      const { hash } = (await api.get<BatchView>('delivery', `${path}/${batchId}`)).body;
      const decided = await api.post('delivery', `${path}/${batchId}/decisions`, { decision: 'approve', hash });
      expect(decided.status).toBe(200);
    }
    expect(body.data).not.toEqual([]);
  }

  return {
    ...{ world, tryton, api, company },
    async dealLike(dealId, name, fields, lineFields) {
      const copy = await sandbox.act<{ dealId: string }>('clone-deal', { dealId, name, fields });
      const lines = await sandbox.objects('salesforce', 'OpportunityLineItem');
      for (const { id, object } of lines.filter(({ object: line }) => line.OpportunityId === copy.dealId)) {
        const record = { object: 'OpportunityLineItem', id };
        await sandbox.act('change-record', {
          ...record,
          fields: { ...lineFields, Name: `${name} ${String(object.Id)}` },
        });
      }
      return copy.dealId;
    },
    async work(legalEntityId, engagementId, worked) {
      for (const each of worked) await enterTime(tryton, company(legalEntityId), each);
      await poll(trytonPsa(legalEntityId));
      await approveWork(engagementId);
      await world.job({ job: 'dispatch' });
    },
    async finish(legalEntityId, milestone) {
      await finishMilestone(tryton, company(legalEntityId), milestone);
      await poll(trytonPsa(legalEntityId));
    },
    invoice: (dealId, totalMinor) => approveInvoice(world, dealId, totalMinor),
    async pay(dealId, on) {
      const { state } = await world.look(dealId);
      const open = state.invoices.filter((invoice) => invoice.state === 'posted');
      for (const { erpRef, legalEntityId } of open.filter(({ erpConnectionId }) => erpConnectionId === TRYTON_ERP)) {
        await payInvoice(tryton, company(legalEntityId), { invoiceId: erpRef ?? '', on });
      }
      await poll(TRYTON_ERP);
      return world.until(dealId, 'paid and quiet', (seen) => {
        return isQuiet(seen) && seen.state.invoices.every((invoice) => ['paid', 'void'].includes(invoice.state));
      });
    },
    async close() {
      await api.close();
      await world.close();
      await tryton.stop();
    },
  };
}
