-- Up Migration

-- Whether operators let a gateway take payments. One without a row was never switched, and is enabled.
CREATE TABLE gateway_states (
  gateway          text PRIMARY KEY,
  enabled          boolean NOT NULL,
  changed_at       timestamptz NOT NULL DEFAULT now(),
  -- The operator's id, and their name at that time.
  changed_by       text NOT NULL,
  changed_by_name  text NOT NULL,
  reason           text
);

-- What was agreed with a gateway and how much it may take, by the time from which it holds. What a payment cost follows
-- from the row that was in force then, so a row is never changed: another one follows it.
CREATE TABLE gateway_settings (
  gateway          text NOT NULL,
  version          integer NOT NULL CHECK (version > 0),
  in_force_from    timestamptz NOT NULL,
  changed_by       text NOT NULL,
  changed_by_name  text NOT NULL,
  -- Percent of the amount, and major units of the payment's currency for each payment.
  fee_percentage   numeric CHECK (fee_percentage BETWEEN 0 AND 100),
  fee_fixed        numeric CHECK (fee_fixed >= 0),
  -- The same for single currencies, as decimals in texts: {"EUR": {"percentage": "1.5", "fixed": "0.25"}}.
  fees             jsonb NOT NULL,
  display_name     text,
  currencies       text[] CHECK (cardinality(currencies) > 0),
  -- Major units of the payment's currency, and the same for single currencies: {"JPY": {"minAmount": "100"}}.
  min_amount       numeric CHECK (min_amount > 0),
  max_amount       numeric CHECK (max_amount > 0),
  limits           jsonb NOT NULL,
  PRIMARY KEY (gateway, version),
  UNIQUE (gateway, in_force_from),
  CHECK (min_amount <= max_amount)
);

-- A row holds from when it is written, whatever the one who writes it says, and follows the one before it.
CREATE FUNCTION date_gateway_settings() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  latest gateway_settings;
BEGIN
  SELECT * INTO latest FROM gateway_settings WHERE gateway = NEW.gateway ORDER BY version DESC LIMIT 1;
  IF NEW.version <> coalesce(latest.version, 0) + 1 THEN
    RAISE EXCEPTION 'version % of the settings of % does not follow version %',
      NEW.version, NEW.gateway, coalesce(latest.version, 0) USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- The clock may have been set back, the order of the versions not.
  NEW.in_force_from := greatest(clock_timestamp(), latest.in_force_from + interval '1 microsecond');
  RETURN NEW;
END $$;
CREATE TRIGGER gateway_settings_dated BEFORE INSERT ON gateway_settings
  FOR EACH ROW EXECUTE FUNCTION date_gateway_settings();

CREATE FUNCTION keep_gateway_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'settings of gateways are never changed or deleted: insert the next version'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER gateway_settings_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway_settings
  FOR EACH STATEMENT EXECUTE FUNCTION keep_gateway_settings();

-- How calls to the gateways went: each process writes down each second what it saw in it, in one row a gateway, so that
-- nothing is written when a gateway is called. Only the last minutes are looked at.
CREATE TABLE gateway_activity (
  gateway      text NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  calls        integer NOT NULL CHECK (calls > 0),
  -- Those in which the gateway was at fault, or could not be asked.
  failures     integer NOT NULL CHECK (failures BETWEEN 0 AND calls),
  -- How many calls took how long, by the buckets of src/admin/latency-buckets.ts.
  latencies    jsonb NOT NULL
);
CREATE INDEX gateway_activity_by_time ON gateway_activity (recorded_at);

-- What is remembered of a gateway, however long ago it was.
CREATE TABLE gateway_contacts (
  gateway                  text PRIMARY KEY,
  last_success_at          timestamptz,
  last_error_at            timestamptz,
  -- {"category": "no_answer", "code": "timeout", "operation": "create_payment"}
  last_error               jsonb,
  credentials_accepted_at  timestamptz,
  credentials_rejected_at  timestamptz
);

INSERT INTO schedules (name, every) VALUES ('gateway_activity_expiry', '10 minutes');

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON gateway_states, gateway_contacts TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT ON gateway_settings TO %I', runtime_role);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON gateway_activity TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM gateway_settings) THEN
    RAISE EXCEPTION 'there are settings of gateways, and what payments cost follows from them: this migration would drop them';
  END IF;
  IF EXISTS (SELECT FROM gateway_states WHERE NOT enabled) THEN
    RAISE EXCEPTION 'a gateway is switched off: without this migration it would take payments again. Enable it first if that is what you want';
  END IF;
END $$;
DELETE FROM schedules WHERE name = 'gateway_activity_expiry';
DROP TABLE gateway_contacts;
DROP TABLE gateway_activity;
DROP TABLE gateway_settings;
DROP FUNCTION date_gateway_settings();
DROP FUNCTION keep_gateway_settings();
DROP TABLE gateway_states;
