-- Up Migration

-- What operators and programs changed, or wanted to: who, what, when, from where, and what came of it. Rows are only
-- ever added. src/admin/audit-chain.ts says what ties them together.
CREATE TABLE audit_log (
  -- Given by the trigger below: from 1, without gaps, in the order in which the changes were committed.
  id            bigint PRIMARY KEY,
  recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind    text NOT NULL CHECK (actor_kind IN ('operator', 'api_key', 'system')),
  actor_id      text NOT NULL,
  actor_name    text NOT NULL,
  actor_role    text,
  action        text NOT NULL,
  subject_kind  text,
  subject_id    text,
  -- As they were written, to the letter.
  before        json,
  after         json,
  result        text NOT NULL CHECK (result IN ('done', 'refused', 'failed')),
  reason        text,
  address       text,
  request_id    text,
  CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
);
CREATE INDEX audit_log_by_subject ON audit_log (subject_kind, subject_id, id DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id DESC);

-- Whoever adds a row waits for those who did before to commit or to give up: so no row ever turns up behind one that
-- was sealed, and a number that is missing is a row that was taken away.
CREATE FUNCTION number_audit_entry() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tender.audit_log'));
  NEW.id := coalesce((SELECT max(id) FROM audit_log), 0) + 1;
  NEW.recorded_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER audit_log_numbered BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION number_audit_entry();

-- One for each row of the log, added by the sealer of the workers: an HMAC over the row and the seal before it.
CREATE TABLE audit_seals (
  entry_id   bigint PRIMARY KEY REFERENCES audit_log,
  digest     bytea NOT NULL CHECK (length(digest) = 32),
  sealed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_seals_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT ON audit_log, audit_seals TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM audit_log) THEN
    RAISE EXCEPTION 'the audit log has entries: this migration would drop them. Export them and keep them first, if that is what you want';
  END IF;
END $$;
DROP TABLE audit_seals;
DROP TABLE audit_log;
DROP FUNCTION keep_audit();
DROP FUNCTION number_audit_entry();
