/**
 * The first tables, as SQL. Money is bigint minor units with a currency and a CHECK; business dates are `date`,
 * instants `timestamptz`; a row tells when it takes effect, when it happened at its source, and when we wrote it down
 * (decisions.md 13).
 */

const currency = (column: string): string => `${column} char(3) NOT NULL CHECK (${column} ~ '^[A-Z]{3}$')`;
const recorded = 'recorded_at timestamptz NOT NULL DEFAULT now()';

/** What came in, who it belongs to, and the contract. */
export const ENGAGEMENT_TABLES = `
CREATE TABLE engagement (
  engagement_id text PRIMARY KEY CHECK (engagement_id ~ '^eng_[0-9a-hjkmnp-tv-z]{26}$'),
  connection_id text NOT NULL,
  origin_deal_id text NOT NULL,
  workflow_id text NOT NULL UNIQUE,
  correlation_id text NOT NULL,
  requested_by jsonb NOT NULL,
  ${recorded}
);
CREATE TABLE engagement_deal (
  connection_id text NOT NULL,
  deal_id text NOT NULL,
  engagement_id text NOT NULL REFERENCES engagement,
  ${recorded},
  PRIMARY KEY (connection_id, deal_id)
);
CREATE INDEX ON engagement_deal (engagement_id);
CREATE TABLE inbox (
  inbox_id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  connection_id text NOT NULL,
  event_id text NOT NULL,
  fact_type text NOT NULL,
  object_key text NOT NULL,
  version text COLLATE "C" NOT NULL,
  effective_on date,
  occurred_at timestamptz NOT NULL,
  ${recorded},
  correlation_id text NOT NULL,
  actor jsonb NOT NULL,
  payload jsonb NOT NULL,
  engagement_id text REFERENCES engagement,
  status text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'dispatched', 'consumed', 'ignored', 'dead')),
  reason text,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, event_id)
);
CREATE INDEX inbox_due ON inbox (next_attempt_at, seq) WHERE status = 'received';
CREATE INDEX inbox_unread ON inbox (engagement_id, seq) WHERE status IN ('received', 'dispatched');
CREATE INDEX inbox_object ON inbox (connection_id, object_key, seq);
CREATE TABLE contract_version (
  engagement_id text NOT NULL REFERENCES engagement,
  version integer NOT NULL CHECK (version > 0),
  hash char(64) NOT NULL,
  effective_on date NOT NULL,
  document jsonb NOT NULL,
  ${recorded},
  PRIMARY KEY (engagement_id, version)
);
CREATE TABLE external_ref (
  engagement_id text NOT NULL REFERENCES engagement,
  legal_entity_id text NOT NULL,
  connection_id text NOT NULL,
  type text NOT NULL,
  key text NOT NULL,
  external_id text NOT NULL,
  ended_at timestamptz,
  ${recorded},
  PRIMARY KEY (engagement_id, legal_entity_id, connection_id, type, key)
);
CREATE UNIQUE INDEX external_ref_project ON external_ref (connection_id, external_id) WHERE type = 'project';
CREATE INDEX ON external_ref (connection_id, type, external_id);
`;

/** Work as the PSA told it, one row a revision; the latest revision of an entry counts. */
export const WORK_TABLES = `
CREATE TABLE time_line (
  connection_id text NOT NULL,
  entry_id text NOT NULL,
  version text COLLATE "C" NOT NULL,
  project_id text NOT NULL,
  task_id text,
  engagement_id text REFERENCES engagement,
  legal_entity_id text,
  resource_id text NOT NULL,
  role text NOT NULL,
  worked_on date NOT NULL,
  minutes integer NOT NULL,
  billable boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'rejected')),
  occurred_at timestamptz NOT NULL,
  ${recorded},
  PRIMARY KEY (connection_id, entry_id, version)
);
CREATE INDEX ON time_line (engagement_id, legal_entity_id, worked_on);
CREATE INDEX ON time_line (connection_id, project_id) WHERE engagement_id IS NULL;
CREATE TABLE expense_line (
  connection_id text NOT NULL,
  entry_id text NOT NULL,
  version text COLLATE "C" NOT NULL,
  project_id text NOT NULL,
  engagement_id text REFERENCES engagement,
  legal_entity_id text,
  resource_id text NOT NULL,
  category text NOT NULL,
  incurred_on date NOT NULL,
  amount_minor bigint NOT NULL,
  ${currency('currency')},
  billable boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'rejected')),
  occurred_at timestamptz NOT NULL,
  ${recorded},
  PRIMARY KEY (connection_id, entry_id, version)
);
CREATE INDEX ON expense_line (engagement_id, legal_entity_id, incurred_on);
CREATE INDEX ON expense_line (connection_id, project_id) WHERE engagement_id IS NULL;
CREATE TABLE cost_batch (
  cost_batch_id text PRIMARY KEY,
  connection_id text NOT NULL,
  legal_entity_id text NOT NULL,
  ${currency('currency')},
  window_on date NOT NULL,
  key text NOT NULL UNIQUE,
  minutes bigint NOT NULL,
  amount_minor bigint NOT NULL,
  journal_id text,
  ${recorded}
);
CREATE TABLE cost_batch_line (
  cost_batch_id text NOT NULL REFERENCES cost_batch,
  connection_id text NOT NULL,
  entry_id text NOT NULL,
  version text COLLATE "C" NOT NULL,
  engagement_id text NOT NULL REFERENCES engagement,
  minutes integer NOT NULL,
  hourly_rate numeric(19, 6) NOT NULL,
  amount_minor bigint NOT NULL,
  ${recorded},
  PRIMARY KEY (connection_id, entry_id, version)
);
CREATE INDEX ON cost_batch_line (cost_batch_id);
`;

/** Documents and the ledger. */
export const BOOK_TABLES = `
CREATE TABLE invoice (
  invoice_id text PRIMARY KEY,
  engagement_id text NOT NULL REFERENCES engagement,
  legal_entity_id text NOT NULL,
  contract_version integer NOT NULL,
  ${currency('currency')},
  net_minor bigint NOT NULL,
  tax_minor bigint NOT NULL,
  total_minor bigint NOT NULL CHECK (total_minor = net_minor + tax_minor),
  held_minor bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
  invoice_on date NOT NULL,
  due_on date NOT NULL CHECK (due_on >= invoice_on),
  hash char(64) NOT NULL,
  key text NOT NULL UNIQUE,
  document jsonb NOT NULL,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'void', 'posted', 'part-paid', 'paid')),
  unpaid_minor bigint NOT NULL,
  erp_connection_id text,
  erp_id text,
  number text,
  posted_on date,
  ${recorded},
  FOREIGN KEY (engagement_id, contract_version) REFERENCES contract_version (engagement_id, version),
  CHECK ((state IN ('draft', 'void')) = (erp_id IS NULL))
);
CREATE INDEX ON invoice (engagement_id, legal_entity_id, currency);
CREATE UNIQUE INDEX ON invoice (erp_connection_id, erp_id) WHERE erp_id IS NOT NULL;
CREATE TABLE invoice_line (
  invoice_id text NOT NULL REFERENCES invoice,
  line_no integer NOT NULL,
  contract_line_id text NOT NULL,
  description text NOT NULL,
  quantity numeric NOT NULL,
  unit text NOT NULL,
  amount_minor bigint NOT NULL,
  ${currency('currency')},
  PRIMARY KEY (invoice_id, line_no)
);
CREATE TABLE invoice_source (
  invoice_id text NOT NULL REFERENCES invoice,
  line_no integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('time', 'expense', 'milestone', 'retainer')),
  source_key text NOT NULL,
  active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (invoice_id, kind, source_key),
  FOREIGN KEY (invoice_id, line_no) REFERENCES invoice_line
);
CREATE UNIQUE INDEX invoice_source_billed_once ON invoice_source (kind, source_key) WHERE active;
CREATE TABLE rated_line (
  invoice_id text NOT NULL REFERENCES invoice,
  kind text NOT NULL CHECK (kind IN ('time', 'expense')),
  source_key text NOT NULL,
  version text NOT NULL,
  contract_line_id text NOT NULL,
  effective_on date NOT NULL,
  rate numeric,
  amount_minor bigint NOT NULL,
  held_minor bigint NOT NULL DEFAULT 0,
  ${currency('currency')},
  derivation jsonb NOT NULL,
  ${recorded},
  PRIMARY KEY (invoice_id, kind, source_key)
);
CREATE TABLE payment (
  payment_id text PRIMARY KEY,
  invoice_id text NOT NULL REFERENCES invoice,
  key text NOT NULL UNIQUE,
  version text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  unpaid_minor bigint NOT NULL CHECK (unpaid_minor >= 0),
  ${currency('currency')},
  paid_on date NOT NULL,
  ${recorded},
  UNIQUE (invoice_id, version)
);
CREATE TABLE journal (
  journal_id text PRIMARY KEY,
  engagement_id text REFERENCES engagement,
  legal_entity_id text NOT NULL,
  erp_entity_ref text NOT NULL,
  book text NOT NULL CHECK (book IN ('primary', 'erp-document')),
  month char(7) NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
  posted_on date NOT NULL,
  ${currency('currency')},
  source_kind text NOT NULL CHECK (source_kind IN ('invoice', 'reclass', 'payment', 'revenue', 'cost', 'reversal')),
  source_id text NOT NULL,
  key text NOT NULL UNIQUE,
  memo text NOT NULL,
  state text NOT NULL CHECK (state IN ('proposed', 'posted')),
  erp_id text,
  reverses text REFERENCES journal,
  ${recorded},
  UNIQUE (source_kind, source_id, currency)
);
CREATE INDEX ON journal (engagement_id, legal_entity_id, month);
CREATE TABLE journal_line (
  journal_id text NOT NULL REFERENCES journal,
  line_no integer NOT NULL,
  account_role text NOT NULL,
  account text NOT NULL,
  contract_line_id text,
  debit_minor bigint NOT NULL CHECK (debit_minor >= 0),
  credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
  ${currency('currency')},
  CHECK ((debit_minor = 0) <> (credit_minor = 0)),
  PRIMARY KEY (journal_id, line_no)
);
CREATE TABLE revenue_event (
  engagement_id text NOT NULL REFERENCES engagement,
  legal_entity_id text NOT NULL,
  contract_line_id text NOT NULL,
  month char(7) NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
  kind text NOT NULL DEFAULT 'recognised',
  amount_minor bigint NOT NULL,
  cumulative_minor bigint NOT NULL,
  ${currency('currency')},
  key text NOT NULL,
  derivation jsonb NOT NULL,
  ${recorded},
  PRIMARY KEY (engagement_id, contract_line_id, month, kind)
);
CREATE INDEX ON revenue_event (key);
`;

/** Views that can be built again, the audit trail, and what the edges keep. */
export const VIEW_TABLES = `
CREATE TABLE audit_entry (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at timestamptz NOT NULL,
  ${recorded},
  actor jsonb NOT NULL,
  action text NOT NULL,
  object_type text NOT NULL,
  object_id text NOT NULL,
  engagement_id text,
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
  before jsonb,
  after jsonb,
  reason text,
  correlation_id text NOT NULL
);
CREATE INDEX ON audit_entry (engagement_id, audit_id);
CREATE INDEX ON audit_entry (object_type, object_id, audit_id);
CREATE TABLE engagement_view (
  engagement_id text PRIMARY KEY,
  connection_id text NOT NULL,
  deal_id text NOT NULL,
  stage text NOT NULL,
  legal_entity_ids text[] NOT NULL,
  currencies text[] NOT NULL,
  customer_id text,
  customer_name text,
  blocked_by text,
  parked_reason text,
  owner_role text,
  needs_human boolean NOT NULL,
  due_at timestamptz,
  next_at timestamptz,
  published_turn integer NOT NULL,
  summary jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON engagement_view (stage, engagement_id);
CREATE INDEX ON engagement_view (customer_id, engagement_id);
CREATE INDEX ON engagement_view (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ON engagement_view (owner_role, engagement_id) WHERE owner_role IS NOT NULL;
CREATE INDEX ON engagement_view USING gin (legal_entity_ids);
CREATE TABLE engagement_amount (
  engagement_id text NOT NULL REFERENCES engagement_view ON DELETE CASCADE,
  ${currency('currency')},
  contract_value_minor bigint NOT NULL,
  billed_minor bigint NOT NULL,
  paid_minor bigint NOT NULL,
  recognised_minor bigint NOT NULL,
  PRIMARY KEY (engagement_id, currency)
);
CREATE TABLE timeline (
  engagement_id text NOT NULL,
  seq integer NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  actor text NOT NULL,
  saga_id text,
  amount_minor bigint,
  currency char(3),
  CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  PRIMARY KEY (engagement_id, seq)
);
CREATE TABLE connection_cursor (
  connection_id text NOT NULL,
  feed text NOT NULL,
  watermark text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, feed)
);
CREATE TABLE idempotency_key (
  client text NOT NULL,
  method text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  status integer,
  body jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (client, method, route, key)
);
CREATE INDEX ON idempotency_key (expires_at);
CREATE TABLE api_token (
  token_sha256 char(64) PRIMARY KEY,
  subject text NOT NULL,
  roles text[] NOT NULL,
  legal_entities text[] NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  ${recorded}
);
`;
