-- Up Migration

-- Amounts are minor units of the row's currency, everywhere.
-- due_at, tries, lease_until and lease_token are what the worker's loop needs: see src/worker/due-work.ts.
CREATE TABLE payments (
  id                     text PRIMARY KEY,
  status                 text NOT NULL CHECK (status IN (
                           'requires_payment_method', 'requires_action', 'processing', 'requires_capture',
                           'succeeded', 'canceled', 'failed')),
  amount                 bigint NOT NULL CHECK (amount > 0),
  currency               text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  capture_method         text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  amount_capturable      bigint NOT NULL DEFAULT 0 CHECK (amount_capturable BETWEEN 0 AND amount),
  amount_captured        bigint NOT NULL DEFAULT 0 CHECK (amount_captured BETWEEN 0 AND amount),
  -- No upper bound on what a gateway reports as refunded: it is recorded, and an alert tells.
  amount_refunded        bigint NOT NULL DEFAULT 0 CHECK (amount_refunded >= 0),
  amount_refund_pending  bigint NOT NULL DEFAULT 0 CHECK (amount_refund_pending >= 0),
  amount_disputed_lost   bigint NOT NULL DEFAULT 0 CHECK (amount_disputed_lost >= 0),
  disputed               boolean NOT NULL DEFAULT false,
  capture_before         timestamptz,
  gateway                text NOT NULL,
  gateway_payment_id     text,
  client_secret          text,
  next_action            jsonb,
  last_error             jsonb,
  -- The attempt whose outcome is not known yet.
  pending_attempt_id     text,
  payment_method         jsonb,
  order_id               text,
  description            text,
  statement_descriptor   text,
  return_url             text,
  metadata               jsonb NOT NULL DEFAULT '{}',
  created_at             timestamptz NOT NULL,
  updated_at             timestamptz NOT NULL,
  version                integer NOT NULL DEFAULT 1,
  event_count            integer NOT NULL DEFAULT 0,
  due_at                 timestamptz,
  tries                  integer NOT NULL DEFAULT 0,
  lease_until            timestamptz,
  lease_token            uuid,
  UNIQUE (gateway, gateway_payment_id)
);
CREATE INDEX payments_by_time ON payments (created_at DESC, id DESC);
CREATE INDEX payments_by_order ON payments (order_id, created_at DESC) WHERE order_id IS NOT NULL;
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payments_unfinished ON payments (status, created_at) WHERE status NOT IN ('succeeded', 'canceled', 'failed');

CREATE TABLE payment_attempts (
  id             text PRIMARY KEY,
  payment_id     text NOT NULL REFERENCES payments,
  operation      text NOT NULL CHECK (operation IN ('create', 'confirm', 'capture', 'cancel')),
  -- Counts the attempts made for one idempotency key: another one follows where the gateway refused for the moment.
  ordinal        integer NOT NULL,
  gateway        text NOT NULL,
  gateway_key    text NOT NULL UNIQUE,
  request        jsonb NOT NULL,
  status_before  text NOT NULL,
  outcome        text CHECK (outcome IN ('succeeded', 'requires_action', 'declined', 'refused', 'unknown', 'canceled')),
  error          jsonb,
  created_at     timestamptz NOT NULL DEFAULT now(),
  concluded_at   timestamptz,
  due_at         timestamptz,
  tries          integer NOT NULL DEFAULT 0,
  lease_until    timestamptz,
  lease_token    uuid
);
CREATE INDEX payment_attempts_of_payment ON payment_attempts (payment_id, created_at);
CREATE INDEX payment_attempts_due ON payment_attempts (due_at) WHERE due_at IS NOT NULL;
-- At most one attempt of a payment can still take money, whatever the code believes.
CREATE UNIQUE INDEX payment_attempts_one_live ON payment_attempts (payment_id)
  WHERE operation IN ('create', 'confirm') AND (outcome IS NULL OR outcome IN ('unknown', 'requires_action'));
-- At most one call about a payment is under way.
CREATE UNIQUE INDEX payment_attempts_one_in_flight ON payment_attempts (payment_id)
  WHERE outcome IS NULL OR outcome = 'unknown';

CREATE TABLE refunds (
  id                 text PRIMARY KEY,
  payment_id         text NOT NULL REFERENCES payments,
  status             text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  amount             bigint NOT NULL CHECK (amount > 0),
  currency           text NOT NULL,
  reason             text,
  gateway            text NOT NULL,
  -- Both NULL where the refund was made outside Tender.
  ordinal            integer,
  gateway_key        text UNIQUE,
  gateway_refund_id  text,
  failure_code       text,
  source             text NOT NULL CHECK (source IN ('api', 'gateway')),
  metadata           jsonb NOT NULL DEFAULT '{}',
  -- Whether the call's answer never came. Such a refund is resolved by the worker.
  unknown            boolean NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  due_at             timestamptz,
  tries              integer NOT NULL DEFAULT 0,
  lease_until        timestamptz,
  lease_token        uuid,
  UNIQUE (gateway, gateway_refund_id)
);
CREATE INDEX refunds_of_payment ON refunds (payment_id, created_at);
CREATE INDEX refunds_due ON refunds (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE idempotency_keys (
  scope         text NOT NULL,
  key           text NOT NULL,
  -- SHA-256 over what was asked: another request under the same key is refused.
  fingerprint   bytea NOT NULL,
  payment_id    text NOT NULL,
  attempt_id    text,
  refund_id     text,
  lease_until   timestamptz NOT NULL,
  lease_token   uuid NOT NULL,
  -- The answer, byte for byte, once there is one.
  status        smallint,
  content_type  text,
  body          text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE events (
  id                text PRIMARY KEY,
  type              text NOT NULL,
  payment_id        text NOT NULL REFERENCES payments,
  -- Counts the events of one payment without gaps.
  payment_sequence  integer NOT NULL,
  object            jsonb NOT NULL,
  created_at        timestamptz NOT NULL,
  -- Sequences do not commit in order; a reader that stops below the oldest running SQL transaction misses nothing.
  sql_transaction   xid8 NOT NULL DEFAULT pg_current_xact_id(),
  position          bigint GENERATED ALWAYS AS IDENTITY,
  UNIQUE (payment_id, payment_sequence)
);
CREATE INDEX events_in_order ON events (sql_transaction, position);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON payments, payment_attempts, refunds TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT ON events TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM payments) THEN
    RAISE EXCEPTION 'there are payments: this migration would drop them. Export and delete them first if that is what you want';
  END IF;
END $$;
DROP TABLE events;
DROP TABLE idempotency_keys;
DROP TABLE refunds;
DROP TABLE payment_attempts;
DROP TABLE payments;
