-- Up Migration

-- Whether operators let money rest. There is one row.
CREATE TABLE maintenance (
  only_row         boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  enabled          boolean NOT NULL DEFAULT false,
  reason           text,
  changed_at       timestamptz,
  -- The operator's id, and their name at that time.
  changed_by       text,
  changed_by_name  text
);
INSERT INTO maintenance DEFAULT VALUES;

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, UPDATE ON maintenance TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM maintenance WHERE enabled) THEN
    RAISE EXCEPTION 'money rests: without this migration payments would be taken again. End the maintenance first if that is what you want';
  END IF;
END $$;
DROP TABLE maintenance;
