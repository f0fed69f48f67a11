-- Up Migration

-- Our own id of the refund that a record names, and since when the gateway tells of the record no more. What it has
-- withdrawn is kept, and counts for nothing until it comes again.
ALTER TABLE settlement_records
  ADD COLUMN refund_id     text,
  ADD COLUMN withdrawn_at  timestamptz;

-- Down Migration

ALTER TABLE settlement_records
  DROP COLUMN refund_id,
  DROP COLUMN withdrawn_at;
