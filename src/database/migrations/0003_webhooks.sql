-- Up Migration

-- The inbox. A row here is a promise: the gateway got its 200 and will not send the event again.
CREATE TABLE webhook_receipts (
  gateway      text NOT NULL,
  event_id     text NOT NULL,
  id           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  event_type   text NOT NULL,
  request_id   text NOT NULL,
  received_at  timestamptz NOT NULL DEFAULT now(),
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN (
                 'pending', 'processed', 'ignored', 'parked', 'orphaned', 'dead')),
  payment_id   text,
  last_error   text,
  finished_at  timestamptz,
  due_at       timestamptz DEFAULT now(),
  tries        integer NOT NULL DEFAULT 0,
  lease_until  timestamptz,
  lease_token  uuid,
  PRIMARY KEY (gateway, event_id)
);
CREATE INDEX webhook_receipts_due ON webhook_receipts (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_receipts_of_payment ON webhook_receipts (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX webhook_receipts_in_trouble ON webhook_receipts (state) WHERE state IN ('parked', 'orphaned', 'dead');

-- The bytes, by month, so that old ones can be dropped as whole partitions while the receipts stay.
CREATE TABLE webhook_payloads (
  receipt_id   bigint NOT NULL,
  received_at  timestamptz NOT NULL,
  body         bytea NOT NULL,
  PRIMARY KEY (receipt_id, received_at)
) PARTITION BY RANGE (received_at);
CREATE TABLE webhook_payloads_rest PARTITION OF webhook_payloads DEFAULT;

-- Makes the partitions of this month and the next two. It runs with its owner's rights, since the role that calls it
-- may not create tables. What came before the partition of its month, because no worker ran for long, moves into it:
-- otherwise PostgreSQL would refuse the partition, and everything would stay in the rest for ever.
CREATE FUNCTION ensure_webhook_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  month timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  name  text;
BEGIN
  FOR i IN 0..2 LOOP
    name := 'webhook_payloads_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      LOCK TABLE webhook_payloads_rest IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('CREATE TABLE %I (LIKE webhook_payloads INCLUDING ALL)', name);
      EXECUTE format('WITH early AS (DELETE FROM webhook_payloads_rest WHERE received_at >= %L AND received_at < %L RETURNING *)
                      INSERT INTO %I SELECT * FROM early', month, month + interval '1 month', name);
      EXECUTE format('ALTER TABLE webhook_payloads ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                     name, month, month + interval '1 month');
    END IF;
    month := month + interval '1 month';
  END LOOP;
END $$;
SELECT ensure_webhook_partitions();
REVOKE ALL ON FUNCTION ensure_webhook_partitions() FROM PUBLIC;

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON webhook_receipts TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT ON webhook_payloads TO %I', runtime_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION ensure_webhook_partitions() TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM webhook_receipts) THEN
    RAISE EXCEPTION 'there are acknowledged webhooks: this migration would drop them. Export and delete them first if that is what you want';
  END IF;
END $$;
DROP FUNCTION ensure_webhook_partitions();
DROP TABLE webhook_payloads;
DROP TABLE webhook_receipts;
