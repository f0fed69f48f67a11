-- Up Migration

-- What operators decided where no gateway told whether money moved: about one call each, once and for good.
CREATE TABLE outcome_decisions (
  id               text PRIMARY KEY,
  payment_id       text NOT NULL REFERENCES payments,
  -- The call that it is about.
  attempt_id       text UNIQUE REFERENCES payment_attempts,
  refund_id        text UNIQUE REFERENCES refunds,
  decision         text NOT NULL CHECK (decision IN ('charged', 'not_charged', 'refunded', 'not_refunded')),
  -- The gateway's payment or refund that the operator found, and what they saw.
  gateway_id       text,
  note             text NOT NULL,
  -- Whether the gateway has confirmed what the operator found; where it could not be asked, their word alone counts.
  verified         boolean NOT NULL,
  reason           text NOT NULL,
  -- The operator's id, and their name at that time.
  decided_by       text NOT NULL,
  decided_by_name  text NOT NULL,
  decided_at       timestamptz NOT NULL DEFAULT now(),
  CHECK ((attempt_id IS NULL) <> (refund_id IS NULL)),
  CHECK ((refund_id IS NULL) = (decision IN ('charged', 'not_charged')))
);
CREATE INDEX outcome_decisions_of_payment ON outcome_decisions (payment_id, decided_at);

CREATE FUNCTION keep_outcome_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'decisions about outcomes are never changed or deleted'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER outcome_decisions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON outcome_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION keep_outcome_decisions();

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT ON outcome_decisions TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM outcome_decisions) THEN
    RAISE EXCEPTION 'there are decisions of operators about payments: this migration would drop them. Export and delete them first if that is what you want';
  END IF;
END $$;
DROP TABLE outcome_decisions;
DROP FUNCTION keep_outcome_decisions();
