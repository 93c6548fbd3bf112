import { governedCrm, governedErp, governedPsa } from '../../../adapters/governed.ts';
import type { CrmPort, DealWriteBack, ErpPort, InvoiceOrder, PsaPort } from '../../../adapters/ports/index.ts';

const context = { correlationId: 'cor', actorSubject: 'system:test' };

/** A port whose every method notes that it was reached. */
function reached(): { calls: string[]; port: CrmPort & PsaPort & ErpPort } {
  const calls: string[] = [];
  const methods = ['writeBack', 'archiveProject', 'createInvoice', 'putCustomer'];
  const entries = methods.map((name) => [
    name,
    () => {
      calls.push(name);
      return Promise.resolve({});
    },
  ]);
  return { calls, port: Object.fromEntries(entries) as CrmPort & PsaPort & ErpPort };
}

describe('the ownership table in front of the ports', () => {
  test('lets through what Throughline may write', async () => {
    const { calls, port } = reached();
    await governedCrm(port).writeBack('d-1', { engagementId: 'eng_1', stage: 'Active' }, context);
    await governedPsa(port).archiveProject('k', context);
    expect(calls).toEqual(['writeBack', 'archiveProject']);
  });

  test('refuses to write what sales owns, before the CRM is asked', async () => {
    const { calls, port } = reached();
    const amount = { amount: '1.00' } as DealWriteBack;
    await expect(governedCrm(port).writeBack('d-1', amount, context)).rejects.toMatchObject({
      code: 'OWNERSHIP_VIOLATION',
    });
    expect(calls).toEqual([]);
  });

  test('refuses to give an invoice the number that the ERP gives it', async () => {
    const { calls, port } = reached();
    const order = { number: 'INV-1' } as unknown as InvoiceOrder;
    await expect(governedErp(port).createInvoice('k', order, context)).rejects.toThrow(/owned by the erp/);
    expect(calls).toEqual([]);
  });
});
