-- Up Migration

-- What went wrong each time, for whoever looks: [{"at": "...", "error": "..."}]. NULL, which takes no room, while nothing did.
ALTER TABLE webhook_receipts ADD COLUMN failures jsonb;
CREATE INDEX webhook_receipts_by_time ON webhook_receipts USING brin (received_at);

-- Drops the bytes of webhooks that came before the whole months that are kept. Receipts stay, so that an event that
-- comes again is still known. Bytes that may be needed again, of webhooks that wait, are parked or were given up, move
-- into the rest. It runs with its owner's rights, since the role that calls it may not drop tables.
CREATE FUNCTION drop_webhook_payloads(keep interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '2s' AS $$
DECLARE
  boundary   timestamptz := date_trunc('month', (now() - keep) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  partition  record;
  dropped    integer := 0;
BEGIN
  -- Less would drop what has just come.
  IF keep < interval '1 day' THEN RAISE EXCEPTION 'at least a day of webhooks is kept'; END IF;
  FOR partition IN
    SELECT inhrelid::regclass AS name FROM pg_inherits
     WHERE inhparent = 'webhook_payloads'::regclass
       AND inhrelid::regclass::text ~ '^webhook_payloads_\d{4}_\d{2}$'
       AND to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM') < (boundary AT TIME ZONE 'UTC')::date
  LOOP
    EXECUTE format('ALTER TABLE webhook_payloads DETACH PARTITION %s', partition.name);
    EXECUTE format(
      'INSERT INTO webhook_payloads_rest
       SELECT payload.* FROM %s AS payload JOIN webhook_receipts AS receipt ON receipt.id = payload.receipt_id
        WHERE receipt.due_at IS NOT NULL OR receipt.state IN (''parked'', ''orphaned'', ''dead'')', partition.name);
    EXECUTE format('DROP TABLE %s', partition.name);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM webhook_payloads_rest AS payload USING webhook_receipts AS receipt
   WHERE receipt.id = payload.receipt_id AND payload.received_at < boundary
     AND receipt.due_at IS NULL AND receipt.state NOT IN ('parked', 'orphaned', 'dead');
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION drop_webhook_payloads(interval) FROM PUBLIC;

INSERT INTO schedules (name, every) VALUES ('webhook_retention', '6 hours');

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT EXECUTE ON FUNCTION drop_webhook_payloads(interval) TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DELETE FROM schedules WHERE name = 'webhook_retention';
DROP FUNCTION drop_webhook_payloads(interval);
DROP INDEX webhook_receipts_by_time;
ALTER TABLE webhook_receipts DROP COLUMN failures;
