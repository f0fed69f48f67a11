-- Up Migration

-- One row: it tells this deployment from every other that shares a gateway account,
-- so that equal idempotency keys of two deployments never meet at the gateway.
CREATE TABLE deployment (
  one_row     boolean PRIMARY KEY DEFAULT true CHECK (one_row),
  id          uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO deployment DEFAULT VALUES;

CREATE TABLE api_keys (
  id          text PRIMARY KEY,
  name        text NOT NULL,
  mode        text NOT NULL CHECK (mode IN ('test', 'live')),
  -- SHA-256 of 256 random bits; the key itself is shown once and kept nowhere.
  key_hash    bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  -- The first characters, for people who hold several keys.
  hint        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  revoked_at  timestamptz
);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT ON deployment TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON api_keys TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DROP TABLE api_keys;
DROP TABLE deployment;
