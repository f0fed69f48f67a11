-- Up Migration

-- What the gateways themselves say that they settled, as it came and in our terms. Amounts are minor units of the row's
-- currency and negative where they leave the account at the gateway; net is gross less fee.
CREATE TABLE settlement_records (
  gateway            text NOT NULL,
  record_id          text NOT NULL,
  kind               text NOT NULL CHECK (kind IN (
                       'charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'fee', 'payout', 'adjustment')),
  -- What the gateway calls the payment, refund, dispute or payout; the record's own id where it is about none.
  movement_id        text NOT NULL,
  -- The payment that the record names by our own reference.
  payment_id         text,
  gross              bigint NOT NULL,
  fee                bigint NOT NULL,
  net                bigint NOT NULL CHECK (net = gross - fee),
  currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- What was moved before the gateway converted it.
  original_amount    bigint,
  original_currency  text,
  occurred_at        timestamptz NOT NULL,
  raw                jsonb NOT NULL,
  pulled_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (gateway, record_id)
);
CREATE INDEX settlement_records_of_movement ON settlement_records (gateway, kind, movement_id);
CREATE INDEX settlement_records_by_time ON settlement_records (gateway, occurred_at, record_id);

-- What each payout consists of.
CREATE TABLE payout_contents (
  gateway      text NOT NULL,
  payout_id    text NOT NULL,
  line_id      text NOT NULL,
  kind         text NOT NULL,
  movement_id  text,
  net          bigint NOT NULL,
  currency     text NOT NULL,
  PRIMARY KEY (gateway, payout_id, line_id)
);

-- Our own movements by time: what was captured, and what was paid back.
CREATE INDEX events_succeeded_by_time ON events (created_at, id) WHERE type = 'payment.succeeded';
CREATE INDEX refunds_by_time ON refunds (created_at, id);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON settlement_records, payout_contents TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM settlement_records) THEN
    RAISE EXCEPTION 'there are settlement records: this migration would drop them. Delete them first if that is what you want; the gateways keep theirs';
  END IF;
END $$;
DROP INDEX refunds_by_time;
DROP INDEX events_succeeded_by_time;
DROP TABLE payout_contents;
DROP TABLE settlement_records;
