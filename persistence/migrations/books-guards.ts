/**
 * What the database itself refuses, whatever code asks: changing or deleting what is booked, and journals that do not
 * balance. An invoice may only move on in its state; its content is fixed from the moment it is drafted.
 */

/** Tables whose rows never change and never go. */
export const APPEND_ONLY = [
  'contract_version',
  'time_line',
  'expense_line',
  'cost_batch',
  'cost_batch_line',
  'invoice_line',
  'rated_line',
  'payment',
  'journal_line',
  'revenue_event',
  'audit_entry',
] as const;

/**
 * Functions behind the triggers. Error codes: restrict_violation for a refused change, check_violation for an
 * imbalance.
 */
export const GUARD_FUNCTIONS = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION guard_work_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Work that came before its project was known gets its engagement once; nothing else ever changes.
  IF OLD.engagement_id IS NULL AND NEW.engagement_id IS NOT NULL
     AND to_jsonb(OLD) - 'engagement_id' - 'legal_entity_id' = to_jsonb(NEW) - 'engagement_id' - 'legal_entity_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving text[] := ARRAY['state', 'unpaid_minor', 'erp_connection_id', 'erp_id', 'number', 'posted_on'];
BEGIN
  IF to_jsonb(OLD) - moving <> to_jsonb(NEW) - moving THEN
    RAISE EXCEPTION 'invoice %: its content is fixed', OLD.invoice_id USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.erp_id IS NOT NULL AND (OLD.erp_connection_id, OLD.erp_id, OLD.number, OLD.posted_on)
     IS DISTINCT FROM (NEW.erp_connection_id, NEW.erp_id, NEW.number, NEW.posted_on) THEN
    RAISE EXCEPTION 'invoice %: its number in the ERP is fixed', OLD.invoice_id USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN
     (('draft', 'void'), ('draft', 'posted'), ('posted', 'part-paid'), ('posted', 'paid'), ('part-paid', 'paid')) THEN
    RAISE EXCEPTION 'invoice %: % cannot become %', OLD.invoice_id, OLD.state,
    NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION guard_invoice_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.active AND NOT NEW.active AND to_jsonb(OLD) - 'active' = to_jsonb(NEW) - 'active'
     AND (SELECT state FROM invoice WHERE invoice_id = OLD.invoice_id) = 'void' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'sources of an invoice are freed only when it is void' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION guard_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'proposed' AND NEW.state = 'posted' AND NEW.erp_id IS NOT NULL
     AND to_jsonb(OLD) - 'state' - 'erp_id' = to_jsonb(NEW) - 'state' - 'erp_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'journal % is append-only: UPDATE refused', OLD.journal_id USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION check_journal_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  difference bigint;
BEGIN
  SELECT sum(debit_minor) - sum(credit_minor) INTO difference FROM journal_line WHERE journal_id = NEW.journal_id;
  IF difference <> 0 OR EXISTS (
    SELECT FROM journal_line l JOIN journal j USING (journal_id) WHERE j.journal_id = NEW.journal_id
    AND l.currency <> j.currency
  ) THEN
    RAISE EXCEPTION 'journal % does not balance: debit - credit = %', NEW.journal_id,
    difference USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
`;

const WORK_LINES: readonly string[] = ['time_line', 'expense_line'];

function refusal(table: string, operation: string): string {
  const name = `${table}_refuses_${operation.toLowerCase()}`;
  return `CREATE TRIGGER ${name} BEFORE ${operation} ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_change();`;
}

function guard(table: string, guardFunction: string): string {
  return `CREATE TRIGGER ${table}_guard BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${guardFunction}();`;
}

/** The triggers. */
export const GUARD_TRIGGERS = [
  ...APPEND_ONLY.flatMap((table) => [
    WORK_LINES.includes(table) ? guard(table, 'guard_work_line') : refusal(table, 'UPDATE'),
    refusal(table, 'DELETE'),
  ]),
  ...['invoice', 'invoice_source', 'journal'].map((table) => refusal(table, 'DELETE')),
  guard('invoice', 'guard_invoice'),
  guard('invoice_source', 'guard_invoice_source'),
  guard('journal', 'guard_journal'),
  `CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON journal_line DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION check_journal_balance();`,
].join('\n');
