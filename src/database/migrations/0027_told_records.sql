-- Up Migration

-- Of how many of the records that a run has read it is written down in pulled_at that they were told. An older version did
-- that for few: what one has read a part of says nothing of records that are gone.
ALTER TABLE reconciliation_runs ADD COLUMN noted bigint NOT NULL DEFAULT 0;

-- Down Migration

ALTER TABLE reconciliation_runs DROP COLUMN noted;
