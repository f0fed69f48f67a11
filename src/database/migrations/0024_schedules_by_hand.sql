-- Up Migration

-- Since when a schedule has been waited for that was never finished, and whether people or other programs do it: no worker
-- claims it then, and it is only known when it was done.
ALTER TABLE schedules
  ADD COLUMN since    timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN by_hand  boolean NOT NULL DEFAULT false;

INSERT INTO schedules (name, every) VALUES ('error_summary', '1 day');
INSERT INTO schedules (name, every, by_hand, due_at) VALUES
  ('fee_reconciliation', '7 days', true, NULL),
  ('security_scan', '31 days', true, NULL),
  ('load_test', '92 days', true, NULL);

-- Down Migration

DELETE FROM schedules WHERE name IN ('error_summary', 'fee_reconciliation', 'security_scan', 'load_test');
ALTER TABLE schedules DROP COLUMN by_hand, DROP COLUMN since;
