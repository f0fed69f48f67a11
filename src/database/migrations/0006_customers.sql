-- Up Migration

CREATE TABLE customers (
  id                         text PRIMARY KEY,
  -- The caller's own id for the customer, for finding it again.
  reference                  text,
  email                      text,
  name                       text,
  metadata                   jsonb NOT NULL DEFAULT '{}',
  -- What is charged when a payment names the customer and no method.
  default_payment_method_id  text,
  created_at                 timestamptz NOT NULL,
  updated_at                 timestamptz NOT NULL,
  -- A deleted customer's payments stay, so the row does too, without anything personal in it.
  deleted_at                 timestamptz,
  CHECK (deleted_at IS NULL OR (reference IS NULL AND email IS NULL AND name IS NULL AND metadata = '{}'))
);
CREATE INDEX customers_by_time ON customers (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_email ON customers (email, created_at DESC) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX customers_by_reference ON customers (reference) WHERE reference IS NOT NULL;

-- A customer is made at a gateway when something is first to be kept for them there. The row is written before the
-- gateway is asked, so that a customer whose making was never answered is found, and deleted, all the same.
CREATE TABLE gateway_customers (
  customer_id          text NOT NULL REFERENCES customers,
  gateway              text NOT NULL,
  gateway_customer_id  text,
  -- What the gateway was asked to make, to the letter; gone as soon as it is made.
  asked                jsonb,
  -- Counts the askings, from 1: another one follows where the gateway refused.
  ordinal              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  -- What a deletion has still to do at the gateway has a due_at.
  deleted_at           timestamptz,
  due_at               timestamptz,
  tries                integer NOT NULL DEFAULT 0,
  lease_until          timestamptz,
  lease_token          uuid,
  -- One column by which the workers' loop knows the row.
  id                   text GENERATED ALWAYS AS (customer_id || '/' || gateway) STORED UNIQUE,
  PRIMARY KEY (customer_id, gateway)
);
CREATE INDEX gateway_customers_due ON gateway_customers (due_at) WHERE due_at IS NOT NULL;

-- What a gateway keeps for a customer, in the little that may be shown. Whatever changes a customer's methods locks the
-- customer's row first.
CREATE TABLE payment_methods (
  id                 text PRIMARY KEY,
  customer_id        text NOT NULL REFERENCES customers,
  gateway            text NOT NULL,
  gateway_method_id  text NOT NULL,
  type               text NOT NULL,
  brand              text,
  last4              text CHECK (last4 ~ '^[0-9]{4}$'),
  expiry_month       smallint CHECK (expiry_month BETWEEN 1 AND 12),
  expiry_year        smallint CHECK (expiry_year BETWEEN 2000 AND 2200),
  created_at         timestamptz NOT NULL DEFAULT now(),
  -- When it was taken away; what is left to do at the gateway has a due_at.
  detached_at        timestamptz,
  due_at             timestamptz,
  tries              integer NOT NULL DEFAULT 0,
  lease_until        timestamptz,
  lease_token        uuid,
  UNIQUE (gateway, gateway_method_id)
);
CREATE INDEX payment_methods_of_customer ON payment_methods (customer_id, created_at DESC, id DESC);
CREATE INDEX payment_methods_due ON payment_methods (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE customers ADD FOREIGN KEY (default_payment_method_id) REFERENCES payment_methods;

-- The key of a request that is about no payment.
ALTER TABLE idempotency_keys ALTER COLUMN payment_id DROP NOT NULL;

ALTER TABLE payments
  ADD COLUMN awaits_completion boolean NOT NULL DEFAULT false,
  ADD COLUMN customer_id text REFERENCES customers,
  ADD COLUMN save_payment_method boolean NOT NULL DEFAULT false,
  ADD COLUMN saved_method jsonb,
  -- The amounts of the disputes that are open: what may still be lost is not refunded as well.
  ADD COLUMN amount_disputed bigint NOT NULL DEFAULT 0 CHECK (amount_disputed >= 0);
CREATE INDEX payments_of_customer ON payments (customer_id, created_at DESC) WHERE customer_id IS NOT NULL;

ALTER TABLE payment_attempts DROP CONSTRAINT payment_attempts_operation_check;
ALTER TABLE payment_attempts ADD CONSTRAINT payment_attempts_operation_check
  CHECK (operation IN ('create', 'confirm', 'complete', 'capture', 'cancel'));
DROP INDEX payment_attempts_one_live;
CREATE UNIQUE INDEX payment_attempts_one_live ON payment_attempts (payment_id)
  WHERE operation IN ('create', 'confirm', 'complete') AND (outcome IS NULL OR outcome IN ('unknown', 'requires_action'));

CREATE TABLE disputes (
  id                  text PRIMARY KEY,
  payment_id          text NOT NULL REFERENCES payments,
  gateway             text NOT NULL,
  gateway_dispute_id  text NOT NULL,
  status              text NOT NULL CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'closed')),
  amount              bigint NOT NULL CHECK (amount >= 0),
  -- What the customer got back for good.
  amount_lost         bigint NOT NULL DEFAULT 0 CHECK (amount_lost >= 0),
  currency            text NOT NULL,
  reason              text NOT NULL,
  gateway_reason      text NOT NULL,
  evidence_due_by     timestamptz,
  opened_at           timestamptz NOT NULL,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  UNIQUE (gateway, gateway_dispute_id)
);
CREATE INDEX disputes_by_time ON disputes (created_at DESC, id DESC);
CREATE INDEX disputes_of_payment ON disputes (payment_id, created_at DESC);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON customers, gateway_customers, payment_methods, disputes TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM customers) OR EXISTS (SELECT FROM disputes) THEN
    RAISE EXCEPTION 'there are customers or disputes: this migration would drop them. Export and delete them first if that is what you want';
  END IF;
  IF EXISTS (SELECT FROM payment_attempts WHERE operation = 'complete') THEN
    RAISE EXCEPTION 'there are payments that were completed after their approval: the schema before this migration has no word for them';
  END IF;
END $$;
DROP TABLE disputes;
DROP INDEX payment_attempts_one_live;
CREATE UNIQUE INDEX payment_attempts_one_live ON payment_attempts (payment_id)
  WHERE operation IN ('create', 'confirm') AND (outcome IS NULL OR outcome IN ('unknown', 'requires_action'));
ALTER TABLE payment_attempts DROP CONSTRAINT payment_attempts_operation_check;
ALTER TABLE payment_attempts ADD CONSTRAINT payment_attempts_operation_check
  CHECK (operation IN ('create', 'confirm', 'capture', 'cancel'));
ALTER TABLE payments
  DROP COLUMN awaits_completion, DROP COLUMN customer_id, DROP COLUMN save_payment_method, DROP COLUMN saved_method,
  DROP COLUMN amount_disputed;
DELETE FROM idempotency_keys WHERE payment_id IS NULL;
ALTER TABLE idempotency_keys ALTER COLUMN payment_id SET NOT NULL;
ALTER TABLE customers DROP COLUMN default_payment_method_id;
DROP TABLE payment_methods;
DROP TABLE gateway_customers;
DROP TABLE customers;
