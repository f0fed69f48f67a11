-- Up Migration

-- Which gateways are left alone because they do not answer, so that all processes know it alike. A gateway without a row
-- has never been in trouble.
CREATE TABLE gateway_breakers (
  gateway    text PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
  streak     integer NOT NULL,
  opened_at  timestamptz,
  openings   integer NOT NULL,
  probe_at   timestamptz,
  -- What the call said that opened it: {"category": "no_answer", "code": "timeout"}.
  cause      jsonb
);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON gateway_breakers TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DROP TABLE gateway_breakers;
