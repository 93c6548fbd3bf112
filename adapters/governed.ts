/**
 * The ports with the ownership table in front of them: a write of a field that another system owns is refused before
 * anything is sent (R15, decisions.md 24). Reads pass as they are.
 */
import { assertMayWrite } from '../domain/ownership.ts';
import type { CrmPort, ErpPort, PsaPort } from './ports/index.ts';

/** A CRM to which only our own fields are written. Methods reject with OWNERSHIP_VIOLATION. */
export function governedCrm(port: CrmPort): CrmPort {
  return {
    ...port,
    writeBack: async (dealId, fields, context) => {
      assertMayWrite('crm', 'deal', Object.keys(fields));
      return port.writeBack(dealId, fields, context);
    },
  };
}

/**
 * A PSA in which projects are made and closed, linked and staffed, and never edited. Methods reject with
 * OWNERSHIP_VIOLATION.
 */
export function governedPsa(port: PsaPort): PsaPort {
  return {
    ...port,
    createProject: async (key, order, context) => {
      assertMayWrite('psa', 'project', Object.keys(order), 'create');
      return port.createProject(key, order, context);
    },
    archiveProject: async (key, context) => {
      assertMayWrite('psa', 'project', ['archived']);
      return port.archiveProject(key, context);
    },
    linkProject: async (projectId, link, context) => {
      assertMayWrite('psa', 'link', Object.keys(link ?? {}));
      return port.linkProject(projectId, link, context);
    },
    publishDemand: async (projectId, demands, context) => {
      for (const demand of demands) assertMayWrite('psa', 'demand', Object.keys(demand), 'create');
      return port.publishDemand(projectId, demands, context);
    },
    withdrawDemand: async (projectId, context) => {
      assertMayWrite('psa', 'demand', ['withdrawn']);
      return port.withdrawDemand(projectId, context);
    },
  };
}

/** An ERP in which documents are created once and never edited. Methods reject with OWNERSHIP_VIOLATION. */
export function governedErp(port: ErpPort): ErpPort {
  return {
    ...port,
    putCustomer: async (key, customer, context) => {
      assertMayWrite('erp', 'customer', Object.keys(customer));
      return port.putCustomer(key, customer, context);
    },
    deactivateCustomer: async (key, context) => {
      assertMayWrite('erp', 'customer', ['active']);
      return port.deactivateCustomer(key, context);
    },
    createContract: async (key, order, context) => {
      assertMayWrite('erp', 'contract', Object.keys(order), 'create');
      return port.createContract(key, order, context);
    },
    cancelContract: async (key, context) => {
      assertMayWrite('erp', 'contract', ['active']);
      return port.cancelContract(key, context);
    },
    createInvoice: async (key, order, context) => {
      assertMayWrite('erp', 'invoice', Object.keys(order), 'create');
      return port.createInvoice(key, order, context);
    },
    createCreditNote: async (key, order, context) => {
      assertMayWrite('erp', 'creditNote', Object.keys(order), 'create');
      return port.createCreditNote(key, order, context);
    },
    createJournal: async (key, order, context) => {
      assertMayWrite('erp', 'journal', Object.keys(order), 'create');
      return port.createJournal(key, order, context);
    },
  };
}
