import type {
  ContractOrder,
  DealWriteBack,
  InvoiceOrder,
  JournalOrder,
  ProjectOrder,
} from '../../adapters/ports/index.ts';
import { assertMayWrite, OWNERSHIP, ownershipOf } from '../../domain/ownership.ts';
import { code } from './money/domain-error.ts';

describe('ownership of fields', () => {
  test('our own fields on a deal are written, what sales agreed is not', () => {
    expect(code(() => assertMayWrite('crm', 'deal', ['engagementId', 'stage', 'billedAmount']))).toBe(
      'nothing refused',
    );
    expect(code(() => assertMayWrite('crm', 'deal', ['engagementId', 'amount']))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('crm', 'customer', ['taxProfile'], 'create'))).toBe('OWNERSHIP_VIOLATION');
  });

  test('a project is given its dates when it is made, and the PSA owns them from then on', () => {
    expect(code(() => assertMayWrite('psa', 'project', ['title', 'startOn'], 'create'))).toBe('nothing refused');
    expect(code(() => assertMayWrite('psa', 'project', ['startOn']))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('psa', 'project', ['archived']))).toBe('nothing refused');
  });

  test('time, posted invoices and payments are never written', () => {
    expect(code(() => assertMayWrite('psa', 'timeEntry', ['minutes'], 'create'))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('erp', 'invoice', ['lines']))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('erp', 'invoice', ['unpaidMinor'], 'create'))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('erp', 'payment', ['paidOn'], 'create'))).toBe('OWNERSHIP_VIOLATION');
  });

  test('what the table does not have is refused, also names that every object has', () => {
    expect(code(() => assertMayWrite('crm', 'lead', ['name'], 'create'))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('erp', 'invoice', ['toString'], 'create'))).toBe('OWNERSHIP_VIOLATION');
    expect(code(() => assertMayWrite('erp', 'constructor', ['name'], 'create'))).toBe('OWNERSHIP_VIOLATION');
    expect(ownershipOf('crm', 'deal', 'constructor')).toBeUndefined();
  });

  test('a refusal names each field and its owner', () => {
    expect(() => {
      assertMayWrite('psa', 'project', ['title', 'archived', 'weather']);
    }).toThrow(
      'Throughline may not update these fields of project in the psa: ' +
        'title (given once, at creation), weather (not in the ownership table)',
    );
  });

  test('everything that the ports write is in the table', () => {
    const deal: Record<keyof DealWriteBack, true> = {
      engagementId: true,
      stage: true,
      projectRef: true,
      contractRef: true,
      billedAmount: true,
      paidAmount: true,
    };
    const project: Record<keyof ProjectOrder, true> = {
      title: true,
      startOn: true,
      endOn: true,
      currency: true,
      budgetMinor: true,
      templateRef: true,
      tasks: true,
      milestones: true,
    };
    const document = { erpEntityRef: true, currency: true, lines: true } as const;
    const contract: Record<keyof ContractOrder, true> = {
      ...document,
      customerId: true,
      title: true,
      engagementId: true,
      projectRef: true,
      startOn: true,
      endOn: true,
      schedule: true,
    };
    const invoice: Record<keyof InvoiceOrder, true> = {
      ...document,
      customerId: true,
      contractId: true,
      invoiceOn: true,
      dueOn: true,
      purchaseOrder: true,
      memo: true,
      taxCode: true,
    };
    const journal: Record<keyof JournalOrder, true> = { ...document, postedOn: true, memo: true };
    assertMayWrite('crm', 'deal', Object.keys(deal));
    assertMayWrite('psa', 'project', Object.keys(project), 'create');
    assertMayWrite('erp', 'contract', Object.keys(contract), 'create');
    assertMayWrite('erp', 'invoice', Object.keys(invoice), 'create');
    assertMayWrite('erp', 'journal', Object.keys(journal), 'create');
  });

  test('nothing that a connected system owns alone is ever kept up to date by us in that system', () => {
    for (const [system, objects] of Object.entries(OWNERSHIP)) {
      for (const ownership of Object.values(objects).flatMap((object) => Object.values(object))) {
        if (ownership.owner === system) expect(ownership.write).not.toBe('keep');
      }
    }
  });
});
