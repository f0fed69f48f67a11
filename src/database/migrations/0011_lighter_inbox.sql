-- Up Migration

-- Every index of the inbox is paid for by every webhook that comes in, before its gateway gets an answer. What waits is
-- found by its id through one index, which is as small as the backlog; what is done is only looked up by people, for
-- whom a few bytes for each range of pages do, since ids come in the order of the rows.
CREATE INDEX webhook_receipts_waiting ON webhook_receipts (id) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_receipts_by_id ON webhook_receipts USING brin (id) WITH (pages_per_range = 16, autosummarize = on);
DROP INDEX webhook_receipts_due;
ALTER TABLE webhook_receipts DROP CONSTRAINT webhook_receipts_id_key;

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT ON SEQUENCE webhook_receipts_id_seq TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

ALTER TABLE webhook_receipts ADD UNIQUE (id);
CREATE INDEX webhook_receipts_due ON webhook_receipts (due_at) WHERE due_at IS NOT NULL;
DROP INDEX webhook_receipts_by_id;
DROP INDEX webhook_receipts_waiting;
