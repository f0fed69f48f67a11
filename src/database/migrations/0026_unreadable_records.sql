-- Up Migration

-- Why the amounts of a gateway's record cannot be read; NULL where they can. They are 0 of XXX then, which is no currency:
-- a version that does not know of it finds a difference.
ALTER TABLE settlement_records ADD COLUMN unreadable text;
ALTER TABLE payout_contents ADD COLUMN unreadable text;

-- Of which movement nothing can be said for that reason.
ALTER TABLE reconciliation_items ADD COLUMN unreadable text;
ALTER TABLE reconciliation_items DROP CONSTRAINT reconciliation_items_state_check;
ALTER TABLE reconciliation_items ADD CONSTRAINT reconciliation_items_state_check CHECK (state IN (
  'matched', 'missing_here', 'missing_there', 'amount_differs', 'fee_differs', 'currency_differs', 'duplicate_there',
  'pending', 'unreadable')) NOT VALID;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM settlement_records WHERE unreadable IS NOT NULL)
     OR EXISTS (SELECT FROM payout_contents WHERE unreadable IS NOT NULL) THEN
    RAISE EXCEPTION 'there are settlement records that cannot be read: without this migration nobody would be told. Delete them first if that is what you want; the gateways keep theirs';
  END IF;
END $$;
UPDATE reconciliation_items SET state = 'missing_here' WHERE state = 'unreadable';
ALTER TABLE reconciliation_items DROP CONSTRAINT reconciliation_items_state_check;
ALTER TABLE reconciliation_items ADD CONSTRAINT reconciliation_items_state_check CHECK (state IN (
  'matched', 'missing_here', 'missing_there', 'amount_differs', 'fee_differs', 'currency_differs', 'duplicate_there',
  'pending'));
ALTER TABLE reconciliation_items DROP COLUMN unreadable;
ALTER TABLE payout_contents DROP COLUMN unreadable;
ALTER TABLE settlement_records DROP COLUMN unreadable;
