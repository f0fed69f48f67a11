-- Up Migration

-- Keys made before had no scopes and could do everything: they still can. So can those that an older release makes
-- beside a newer one, which knows of no scopes.
ALTER TABLE api_keys
  ADD COLUMN scopes text[] NOT NULL CHECK (cardinality(scopes) > 0) DEFAULT
    '{payments:read,payments:write,refunds:write,customers:read,customers:write,webhooks:manage}',
  ADD COLUMN expires_at timestamptz,
  -- Written at most once a minute, so it may be a minute behind.
  ADD COLUMN last_used_at timestamptz,
  -- The key that this one replaces; both work until the older one expires.
  ADD COLUMN rotated_from text REFERENCES api_keys;
CREATE INDEX api_keys_by_time ON api_keys (created_at DESC, id DESC);

-- The people who work with the system. Whoever leaves is disabled, never deleted: the audit log names them.
CREATE TABLE operators (
  id           text PRIMARY KEY,
  name         text NOT NULL CHECK (name <> ''),
  role         text NOT NULL CHECK (role IN ('viewer', 'operator', 'finance', 'admin')),
  created_at   timestamptz NOT NULL DEFAULT now(),
  disabled_at  timestamptz
);
CREATE UNIQUE INDEX operators_by_name ON operators (lower(name)) WHERE disabled_at IS NULL;
CREATE INDEX operators_by_time ON operators (created_at DESC, id DESC);

CREATE TABLE operator_tokens (
  id            text PRIMARY KEY,
  operator_id   text NOT NULL REFERENCES operators,
  -- SHA-256 of 256 random bits; the token itself is shown once and kept nowhere.
  token_hash    bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  -- The first characters, for people who hold several tokens.
  hint          text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  revoked_at    timestamptz,
  -- Written at most once a minute, so it may be a minute behind.
  last_used_at  timestamptz
);
CREATE INDEX operator_tokens_of_operator ON operator_tokens (operator_id, created_at DESC);

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON operators, operator_tokens TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM operators) THEN
    RAISE EXCEPTION 'there are operators: this migration would drop them, and the audit log could no longer say who they were';
  END IF;
  IF EXISTS (SELECT FROM api_keys
              WHERE revoked_at IS NULL AND (expires_at IS NOT NULL OR cardinality(scopes) < 6)) THEN
    RAISE EXCEPTION 'there are API keys that expire or may not do everything: without this migration they would do everything, for ever. Revoke them first';
  END IF;
END $$;
DROP TABLE operator_tokens;
DROP TABLE operators;
DROP INDEX api_keys_by_time;
ALTER TABLE api_keys
  DROP COLUMN rotated_from, DROP COLUMN last_used_at, DROP COLUMN expires_at, DROP COLUMN scopes;
