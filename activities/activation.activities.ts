/**
 * The last step of set-up: every system is asked once more whether all prerequisites hold, and only then is the
 * engagement active (R32).
 */
import type { CallInput, Envelope } from '../domain/engagement/calls.ts';
import { stepKey } from '../domain/engagement/keys.ts';
import { erpCustomerKey } from './erp.activities.ts';
import { type Call, contextOf, type Dependencies, entityInErp } from './dependencies.ts';
import { answered, assertReadBack } from './failures.ts';
import { projectKeyOf } from './psa.activities.ts';

/** The calls that make an engagement active, and take that back. */
export function createActivationActivities({ systems, books, configuration }: Dependencies) {
  /** The gates of one legal entity that do not hold. */
  async function openGates(input: CallInput, envelope: Envelope<CallInput>, legalEntityId: string): Promise<string[]> {
    const { psaConnectionId, erpConnectionId } = entityInErp(configuration, input, legalEntityId);
    const contract = await books.contracts.get(input.engagementId, input.contractVersion);
    const context = contextOf(envelope);
    const own = { ...input, legalEntityId };
    const contractKey = stepKey(
      input.engagementId,
      'erpContract',
      input.setUpNumber,
      legalEntityId,
      input.legalEntityIds,
    );
    const [project, customer, erpContract] = await Promise.all([
      systems.psa(psaConnectionId).findProject(projectKeyOf(own), context),
      systems.erp(erpConnectionId).findCustomer(erpCustomerKey(contract, legalEntityId), context),
      systems.erp(erpConnectionId).findContract(contractKey, context),
    ]);
    const gates: [boolean, string][] = [
      [project !== undefined && !project.archived, `${legalEntityId}: the PSA project is missing or archived`],
      [customer?.record.active === true, `${legalEntityId}: the ERP customer is missing or inactive`],
      [Boolean(customer?.record.taxProfile), `${legalEntityId}: the ERP customer has no tax profile`],
      [erpContract?.active === true, `${legalEntityId}: the ERP contract is missing or closed`],
    ];
    return gates.filter(([holds]) => !holds).map(([, message]) => message);
  }

  async function writeStage(envelope: Envelope<CallInput>, stage: string): Promise<void> {
    const { connectionId, dealId } = envelope.data;
    await systems.crm(connectionId).writeBack(dealId, { stage }, contextOf(envelope));
  }

  const activateEngagement: Call = (envelope) =>
    answered(async () => {
      const gates = await Promise.all(envelope.data.legalEntityIds.map((id) => openGates(envelope.data, envelope, id)));
      assertReadBack('set-up', gates.flat());
      await writeStage(envelope, 'Active');
      return {};
    });

  const suspendEngagement: Call = (envelope) =>
    answered(async () => {
      await writeStage(envelope, 'Suspended');
      return {};
    });

  return { activateEngagement, suspendEngagement };
}
