/**
 * Tryton as an ERP. It has no idempotency keys: our key is a party's unique code and a document's
 * reference, written in the create itself and looked for before and after (once.ts). Orders are quoted and never
 * confirmed, so that nothing in Tryton bills; posted documents are never edited.
 */
import type { Connection } from '../../domain/configuration.ts';
import { warnOnStderr, type Warn } from '../http/warn.ts';
import { type Claims, claimsInProcess } from '../ports/claims.ts';
import type { ErpPort } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { createTrytonClient, type TrytonCredentials } from './client.ts';
import { cancelContract, createContract, findContract } from './contracts.ts';
import { createCreditNote, findCreditNote } from './credit-notes.ts';
import { changedPayments } from './changed-payments.ts';
import { deactivateCustomer, findCustomer, putCustomer } from './customers.ts';
import { createDirectory } from './directory.ts';
import { createInvoice, findInvoice } from './invoices.ts';
import { createJournal, findJournal } from './journals.ts';
import { createWrites } from './once.ts';
import { exchangeRates, periodState } from './rates-and-periods.ts';

/**
 * An ERP port on the database of `connection`. Legal entities name their company in it by its id. Ports of several
 * processes on one database need `claims` that they share.
 */
export function createTrytonErp(
  connection: Connection,
  credentials: TrytonCredentials,
  warn: Warn = warnOnStderr,
  claims: Claims = claimsInProcess(),
): ErpPort {
  const { connectionId, timeoutMs } = connection;
  const client = createTrytonClient(connection, credentials, warn);
  const directory = createDirectory(connectionId, client);
  const books: Books = {
    ...{
      connectionId,
      login: credentials.login,
      client,
      directory,
      writes: createWrites({ connectionId, timeoutMs, claims, warn }),
      warn,
    },
  };
  return {
    cannot: {},
    async findCustomer(key, context) {
      const found = await findCustomer(books, key, context);
      return found && { customerId: found.customerId, record: found.record };
    },
    putCustomer: (key, customer, context) => putCustomer(books, key, customer, context),
    deactivateCustomer: (key, context) => deactivateCustomer(books, key, context),
    findContract: (key, context) => findContract(books, key, context),
    createContract: (key, order, context) => createContract(books, key, order, context),
    cancelContract: (key, context) => cancelContract(books, key, context),
    findInvoice: (key, context) => findInvoice(books, key, context),
    createInvoice: (key, order, context) => createInvoice(books, key, order, context),
    findCreditNote: (key, context) => findCreditNote(books, key, context),
    createCreditNote: (key, order, context) => createCreditNote(books, key, order, context),
    findJournal: (key, context) => findJournal(books, key, context),
    createJournal: (key, order, context) => createJournal(books, key, order, context),
    changedPayments: (since, context) => changedPayments(books, since, context),
    exchangeRates: (currencies, on, context) => exchangeRates(books, currencies, on, context),
    periodState: (erpEntityRef, on, context) => periodState(books, erpEntityRef, on, context),
  };
}
