-- Up Migration

-- What a gateway's record was posted as follows the record: where that changes, the difference is posted under the
-- record's lock, which is what lets it be posted once.
DROP INDEX ledger_entries_once;
CREATE INDEX ledger_entries_of_record ON ledger_entries (source_id, id) WHERE source_id IS NOT NULL;

-- A conversion is a record of its own where the gateway makes it apart from the payment. The rows that there are fit.
ALTER TABLE settlement_records DROP CONSTRAINT settlement_records_kind_check;
ALTER TABLE settlement_records ADD CONSTRAINT settlement_records_kind_check CHECK (kind IN (
  'charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'fee', 'payout', 'conversion', 'adjustment')) NOT VALID;
-- The records that have entries of their own in the ledger.
CREATE INDEX settlement_records_posted ON settlement_records (gateway, record_id)
 WHERE kind IN ('payout', 'conversion') OR original_currency IS NOT NULL;

ALTER TABLE ledger_checks ADD COLUMN duration_ms bigint;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entries WHERE source_id IS NOT NULL) THEN
    RAISE EXCEPTION 'the ledger has entries of payouts or conversions: a version that knows none would count them as differences. Export them and keep them first, if that is what you want';
  END IF;
END $$;
ALTER TABLE ledger_checks DROP COLUMN duration_ms;
DROP INDEX settlement_records_posted;
UPDATE settlement_records SET kind = 'adjustment' WHERE kind = 'conversion';
ALTER TABLE settlement_records DROP CONSTRAINT settlement_records_kind_check;
ALTER TABLE settlement_records ADD CONSTRAINT settlement_records_kind_check CHECK (kind IN (
  'charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'fee', 'payout', 'adjustment'));
DROP INDEX ledger_entries_of_record;
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (source_id, cause, currency) WHERE source_id IS NOT NULL;
