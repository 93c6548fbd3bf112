/** The ports, by capability, and how they are found: by connection id, never by vendor. */
import type { CrmPort } from './crm.port.ts';
import type { ErpPort } from './erp.port.ts';
import type { PsaPort } from './psa.port.ts';

export type { CallContext } from './context.ts';
export type { CrmPort, DealWriteBack } from './crm.port.ts';
export type {
  ContractOrder,
  ContractRecord,
  CreditNoteOrder,
  CreditNoteRecord,
  CustomerRecord,
  ErpAbility,
  ErpInvoiceState,
  ErpPort,
  InvoiceOrder,
  InvoiceRecord,
  JournalOrder,
  JournalRecord,
  PaymentChange,
  PeriodRecord,
} from './erp.port.ts';
export type {
  ExpenseRecord,
  MilestoneChange,
  ProjectOrder,
  ProjectRecord,
  PsaAbility,
  PsaMilestoneState,
  PsaPort,
  TimeRecord,
  WorkChanges,
  WorkState,
} from './psa.port.ts';
export { differencesOf } from './differences.ts';
export { AdapterError, type AdapterErrorKind, unsupported } from './errors.ts';

/**
 * All connected systems of one installation. Each method throws when the connection does not exist or has another
 * capability.
 */
export interface Systems {
  crm(connectionId: string): CrmPort;
  psa(connectionId: string): PsaPort;
  erp(connectionId: string): ErpPort;
}
