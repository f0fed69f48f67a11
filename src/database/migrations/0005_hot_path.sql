-- Up Migration

-- A key is written twice: when its request comes and when it is answered. With room left on its page the second time
-- touches no index.
ALTER TABLE idempotency_keys SET (fillfactor = 50);

-- Keys are read by age once an hour and come in that order, so that a few bytes for each range of pages do.
DROP INDEX idempotency_keys_by_age;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING brin (created_at);

-- Bodies are about as large as what PostgreSQL begins to compress and to move out of the row, which costs more than the
-- rest of the INSERT. They stay in the row, as they are, as long as a row fits on a page.
ALTER TABLE webhook_payloads ALTER COLUMN body SET STORAGE EXTERNAL;
DO $$
DECLARE
  partition regclass;
BEGIN
  FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'webhook_payloads'::regclass LOOP
    EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', partition);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION ensure_webhook_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  month timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  name  text;
BEGIN
  FOR i IN 0..2 LOOP
    name := 'webhook_payloads_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      LOCK TABLE webhook_payloads_rest IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('CREATE TABLE %I (LIKE webhook_payloads INCLUDING ALL) WITH (toast_tuple_target = 8160)', name);
      EXECUTE format('WITH early AS (DELETE FROM webhook_payloads_rest WHERE received_at >= %L AND received_at < %L RETURNING *)
                      INSERT INTO %I SELECT * FROM early', month, month + interval '1 month', name);
      EXECUTE format('ALTER TABLE webhook_payloads ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                     name, month, month + interval '1 month');
    END IF;
    month := month + interval '1 month';
  END LOOP;
END $$;

-- Down Migration

ALTER TABLE webhook_payloads ALTER COLUMN body SET STORAGE EXTENDED;

DROP INDEX idempotency_keys_by_age;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
ALTER TABLE idempotency_keys RESET (fillfactor);
