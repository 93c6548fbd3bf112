/**
 * The books, as one object that activities and the API are given: a small repository per capability, all on one
 * connection or, inside `transaction`, on one transaction.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { ApiTokens } from './repositories/api-tokens.ts';
import { Audit } from './repositories/audit.ts';
import { Claims } from './repositories/claims.ts';
import { Contracts } from './repositories/contracts.ts';
import { Costs } from './repositories/costs.ts';
import { Cursors } from './repositories/cursors.ts';
import { CustomerUses } from './repositories/customer-uses.ts';
import { Engagements } from './repositories/engagements.ts';
import { Idempotency } from './repositories/idempotency.ts';
import { Inbox } from './repositories/inbox.ts';
import { InvoiceReadings } from './repositories/invoice-readings.ts';
import { Invoices } from './repositories/invoices.ts';
import { Journals } from './repositories/journals.ts';
import { Projection } from './repositories/projection.ts';
import { References } from './repositories/references.ts';
import { RevenueEvents } from './repositories/revenue.ts';
import { StatusReports } from './repositories/status-reports.ts';
import { WorkBatches } from './repositories/work-batches.ts';
import { WorkFacts } from './repositories/work-facts.ts';
import { WorkLines } from './repositories/work.ts';
import { lockUntilCommit, whileAlone } from './sql.ts';

/** Everything that is kept in PostgreSQL. */
export class Books {
  readonly inbox: Inbox;
  readonly engagements: Engagements;
  readonly refs: References;
  readonly customerUses: CustomerUses;
  readonly contracts: Contracts;
  readonly work: WorkLines;
  readonly workBatches: WorkBatches;
  readonly workFacts: WorkFacts;
  readonly invoiceReadings: InvoiceReadings;
  readonly invoices: Invoices;
  readonly journals: Journals;
  readonly revenue: RevenueEvents;
  readonly costs: Costs;
  readonly reports: StatusReports;
  readonly projection: Projection;
  readonly audit: Audit;
  readonly cursors: Cursors;
  readonly tokens: ApiTokens;
  readonly idempotency: Idempotency;
  readonly claims: Claims;

  constructor(private readonly db: EntityManager) {
    this.inbox = new Inbox(db);
    this.engagements = new Engagements(db);
    this.refs = new References(db);
    this.customerUses = new CustomerUses(db);
    this.contracts = new Contracts(db);
    this.work = new WorkLines(db);
    this.workBatches = new WorkBatches(db);
    this.workFacts = new WorkFacts(db);
    this.invoiceReadings = new InvoiceReadings(db);
    this.invoices = new Invoices(db);
    this.journals = new Journals(db);
    this.revenue = new RevenueEvents(db);
    this.costs = new Costs(db);
    this.reports = new StatusReports(db);
    this.projection = new Projection(db);
    this.audit = new Audit(db);
    this.cursors = new Cursors(db);
    this.tokens = new ApiTokens(db);
    this.idempotency = new Idempotency(db);
    this.claims = new Claims(db);
  }

  /** Runs `work` in one transaction: all of it or nothing. */
  transaction<T>(work: (books: Books) => Promise<T>): Promise<T> {
    return this.db.transaction((db) => work(new Books(db)));
  }

  /**
   * Runs `work` in one transaction while no other caller holds the same name: two billing runs of an engagement take
   * turns.
   */
  exclusively<T>(name: string, work: (books: Books) => Promise<T>): Promise<T> {
    return this.db.transaction(async (db) => {
      await lockUntilCommit(db, name);
      return work(new Books(db));
    });
  }

  /**
   * Runs `work` while no other caller holds the same name, or answers undefined at once when one does: for work that
   * calls other systems. No transaction is open meanwhile: what was written stays, whatever happens afterwards.
   */
  alone<T>(name: string, work: (books: Books) => Promise<T>): Promise<{ value: T } | undefined> {
    return whileAlone(this.db.connection, name, (db) => work(new Books(db)));
  }
}

/** The books behind a connected data source. */
export function createBooks(dataSource: DataSource): Books {
  return new Books(dataSource.manager);
}
