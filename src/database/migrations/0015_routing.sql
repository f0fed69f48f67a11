-- Up Migration

-- Where payments go that name no gateway, by the time from which it holds. A row is never changed: another one follows
-- it, so that what each payment says of its way can be looked up.
CREATE TABLE routing_policies (
  version          integer PRIMARY KEY CHECK (version > 0),
  in_force_from    timestamptz NOT NULL DEFAULT now(),
  policy           jsonb NOT NULL,
  -- The operator's id, and their name at that time.
  changed_by       text NOT NULL,
  changed_by_name  text NOT NULL
);

-- Which gateways were considered, and why those before the payment's own were passed over. NULL: nobody wrote it down.
ALTER TABLE payments ADD COLUMN routing jsonb;

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT ON routing_policies TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM routing_policies) THEN
    RAISE EXCEPTION 'there is a routing policy: this migration would drop it, and payments would go another way. Delete it first if that is what you want';
  END IF;
END $$;
ALTER TABLE payments DROP COLUMN routing;
DROP TABLE routing_policies;
