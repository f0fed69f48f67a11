-- Up Migration

-- What the workers do by the clock. One of them claims the row when it is due, so it is done once however many run.
CREATE TABLE schedules (
  name              text PRIMARY KEY,
  every             interval NOT NULL,
  last_finished_at  timestamptz,
  last_error        text,
  due_at            timestamptz DEFAULT now(),
  tries             integer NOT NULL DEFAULT 0,
  lease_until       timestamptz,
  lease_token       uuid
);
INSERT INTO schedules (name, every) VALUES
  ('webhook_partitions', '1 day'),
  ('idempotency_expiry', '1 hour');

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, UPDATE ON schedules TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DROP TABLE schedules;
