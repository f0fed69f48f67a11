-- Up Migration

-- Money as it moved: each row takes from one account and gives to another, so that every currency balances by itself.
-- Rows are only ever added. src/domain/posting.ts says what is posted when.
CREATE TABLE ledger_entries (
  -- In the order in which they were written, which is not that in which they were committed.
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  amount          bigint NOT NULL CHECK (amount > 0),
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  debit_account   text NOT NULL,
  credit_account  text NOT NULL,
  cause           text NOT NULL,
  -- What moved the money: a payment, and perhaps which of its refunds or disputes, or else a gateway's own record,
  -- such as a payout.
  payment_id      text,
  refund_id       text,
  dispute_id      text,
  source_id       text,
  CHECK (debit_account <> credit_account),
  CHECK (num_nonnulls(payment_id, source_id) = 1)
);
CREATE INDEX ledger_entries_of_payment ON ledger_entries (payment_id, id) WHERE payment_id IS NOT NULL;
CREATE INDEX ledger_entries_debited ON ledger_entries (debit_account, id);
CREATE INDEX ledger_entries_credited ON ledger_entries (credit_account, id);
-- A gateway's record moves money once, however often it is read.
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (source_id, cause, currency) WHERE source_id IS NOT NULL;

-- Whoever writes entries is known as a running SQL transaction before the first of them gets its number. So once all
-- those have ended that ran at some moment, no entry turns up any more below the numbers that were seen at that moment.
CREATE FUNCTION begin_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_begun BEFORE INSERT ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION begin_ledger_entries();

-- What all accounts came to with the entries up to one: a balance is the last of them and the entries after it.
CREATE TABLE ledger_checkpoints (
  up_to        bigint PRIMARY KEY,
  -- The checkpoint before it, or 0: two workers at once make one.
  from_id      bigint NOT NULL UNIQUE,
  -- The earliest entry since the checkpoint before, and the latest of all.
  earliest_at  timestamptz NOT NULL,
  latest_at    timestamptz NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (from_id < up_to)
);
CREATE INDEX ledger_checkpoints_by_time ON ledger_checkpoints (latest_at);

CREATE TABLE ledger_checkpoint_balances (
  up_to     bigint NOT NULL REFERENCES ledger_checkpoints,
  account   text NOT NULL,
  currency  text NOT NULL,
  debits    numeric NOT NULL,
  credits   numeric NOT NULL,
  PRIMARY KEY (up_to, account, currency)
);

CREATE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is never changed or deleted: another entry corrects it' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION keep_ledger();
CREATE TRIGGER ledger_checkpoints_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION keep_ledger();
CREATE TRIGGER ledger_checkpoint_balances_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint_balances
  FOR EACH STATEMENT EXECUTE FUNCTION keep_ledger();

-- What each check of the ledger found. A report, not evidence: the check itself can be made again at any time.
CREATE TABLE ledger_checks (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  checked_at   timestamptz NOT NULL DEFAULT now(),
  payments     bigint NOT NULL,
  entries      bigint NOT NULL,
  differences  integer NOT NULL
);

-- What was agreed with the gateway when the payment went there, {"percentage": "2.9", "fixed": "0.30"}, and what the
-- gateway has told since. Fees are minor units of fee_currency, or of the payment's currency while that is NULL.
ALTER TABLE payments
  ADD COLUMN fee_terms     jsonb,
  ADD COLUMN fee_actual    bigint CHECK (fee_actual >= 0),
  ADD COLUMN fee_currency  text,
  ADD COLUMN fee_returned  bigint NOT NULL DEFAULT 0 CHECK (fee_returned >= 0),
  ADD COLUMN fee_disputes  bigint NOT NULL DEFAULT 0 CHECK (fee_disputes >= 0);
ALTER TABLE refunds ADD COLUMN fee_returned bigint NOT NULL DEFAULT 0 CHECK (fee_returned >= 0);
ALTER TABLE disputes ADD COLUMN fee bigint NOT NULL DEFAULT 0 CHECK (fee >= 0);

-- The payments that there are. What they cost is not known, and nothing is made up.
INSERT INTO ledger_entries (recorded_at, amount, currency, debit_account, credit_account, cause, payment_id)
SELECT coalesce((SELECT min(e.created_at) FROM events e WHERE e.payment_id = p.id AND e.type = 'payment.succeeded'),
                p.updated_at),
       p.amount_captured, p.currency, 'gateway_clearing/' || p.gateway, 'merchant_balance', 'capture', p.id
  FROM payments p WHERE p.amount_captured > 0
 ORDER BY 1;
INSERT INTO ledger_entries (recorded_at, amount, currency, debit_account, credit_account, cause, payment_id, refund_id)
SELECT r.updated_at, r.amount, r.currency, 'merchant_balance', 'gateway_clearing/' || r.gateway, 'refund',
       r.payment_id, r.id
  FROM refunds r WHERE r.status = 'succeeded'
 ORDER BY 1;
INSERT INTO ledger_entries (recorded_at, amount, currency, debit_account, credit_account, cause, payment_id, dispute_id)
SELECT told.at, told.amount, d.currency,
       CASE told.cause WHEN 'dispute_opened' THEN 'disputes_held' WHEN 'dispute_lost' THEN 'merchant_balance'
                       ELSE 'gateway_clearing/' || d.gateway END,
       CASE told.cause WHEN 'dispute_opened' THEN 'gateway_clearing/' || d.gateway ELSE 'disputes_held' END,
       told.cause, d.payment_id, d.id
  FROM disputes d,
       LATERAL (VALUES ('dispute_opened', d.created_at, d.amount),
                       ('dispute_lost', d.updated_at, d.amount_lost),
                       ('dispute_released', d.updated_at,
                        CASE WHEN d.status IN ('won', 'lost', 'closed') THEN d.amount - d.amount_lost ELSE 0 END)
               ) AS told (cause, at, amount)
 WHERE told.amount > 0
 ORDER BY 1;

INSERT INTO schedules (name, every) VALUES ('ledger_checkpoint', '1 minute'), ('ledger_check', '1 day');

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more: it gives an entry
-- neither its number nor its time.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT (amount, currency, debit_account, credit_account, cause, payment_id, refund_id,
                                          dispute_id, source_id) ON ledger_entries TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT ON ledger_checkpoints, ledger_checkpoint_balances, ledger_checks TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entries) THEN
    RAISE EXCEPTION 'the ledger has entries: this migration would drop them. Export them and keep them first, if that is what you want';
  END IF;
  IF EXISTS (SELECT FROM payments WHERE fee_terms IS NOT NULL OR fee_actual IS NOT NULL) THEN
    RAISE EXCEPTION 'there are payments whose fees are known: this migration would drop them';
  END IF;
END $$;
DELETE FROM schedules WHERE name IN ('ledger_checkpoint', 'ledger_check');
ALTER TABLE disputes DROP COLUMN fee;
ALTER TABLE refunds DROP COLUMN fee_returned;
ALTER TABLE payments
  DROP COLUMN fee_terms, DROP COLUMN fee_actual, DROP COLUMN fee_currency, DROP COLUMN fee_returned,
  DROP COLUMN fee_disputes;
DROP TABLE ledger_checks;
DROP TABLE ledger_checkpoint_balances;
DROP TABLE ledger_checkpoints;
DROP TABLE ledger_entries;
DROP FUNCTION keep_ledger();
DROP FUNCTION begin_ledger_entries();
