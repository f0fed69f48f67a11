-- Up Migration

-- Comparing our movements of a period with a gateway's settlement records. due_at, tries, lease_until and lease_token
-- are what the worker's loop needs: a run whose worker dies goes on where `stage` and `cursor` say.
CREATE TABLE reconciliation_runs (
  id             text PRIMARY KEY,
  gateway        text NOT NULL,
  period_from    timestamptz NOT NULL,
  period_to      timestamptz NOT NULL CHECK (period_to > period_from),
  status         text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'finished', 'failed')),
  stage          text NOT NULL DEFAULT 'pull',
  cursor         text,
  -- How many settlement records were read, how many movements compared, and of how many the result is another than before.
  pulled         bigint NOT NULL DEFAULT 0,
  compared       bigint NOT NULL DEFAULT 0,
  changed        bigint NOT NULL DEFAULT 0,
  totals         jsonb,
  last_error     text,
  -- The time of the schedule that it was begun for; NULL where somebody asked for it.
  scheduled_for  timestamptz,
  requested_by   text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  finished_at    timestamptz,
  due_at         timestamptz DEFAULT now(),
  tries          integer NOT NULL DEFAULT 0,
  lease_until    timestamptz,
  lease_token    uuid,
  UNIQUE (gateway, scheduled_for)
);
-- A gateway's periods are compared one after the other.
CREATE UNIQUE INDEX reconciliation_runs_one_running ON reconciliation_runs (gateway) WHERE status = 'running';
CREATE INDEX reconciliation_runs_by_time ON reconciliation_runs (created_at DESC, id DESC);
CREATE INDEX reconciliation_runs_due ON reconciliation_runs (due_at) WHERE due_at IS NOT NULL;

-- What came of each movement of money, ours or theirs. A later run changes a row only where its result is another one.
CREATE TABLE reconciliation_items (
  id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway              text NOT NULL,
  kind                 text NOT NULL,
  -- What the gateway calls the payment, refund, dispute or payout; otherwise its record's id.
  movement_id          text NOT NULL,
  -- The second record of one movement, where this row is about that; otherwise empty.
  duplicate_record_id  text NOT NULL DEFAULT '',
  state                text NOT NULL CHECK (state IN (
                         'matched', 'missing_here', 'missing_there', 'amount_differs', 'fee_differs', 'currency_differs',
                         'duplicate_there', 'pending')),
  payment_id           text,
  -- The refund or dispute; for a charge the payment itself.
  own_id               text,
  record_id            text,
  our_amount           bigint,
  our_fee              bigint,
  our_currency         text,
  our_time             timestamptz,
  their_amount         bigint,
  their_fee            bigint,
  their_currency       text,
  their_time           timestamptz,
  occurred_at          timestamptz NOT NULL,
  run_id               text NOT NULL REFERENCES reconciliation_runs,
  state_since          timestamptz NOT NULL DEFAULT now(),
  assigned_to          text,
  explanation          text,
  closed_at            timestamptz,
  closed_by            text,
  close_reason         text,
  version              integer NOT NULL DEFAULT 1,
  UNIQUE (gateway, kind, movement_id, duplicate_record_id)
);
CREATE INDEX reconciliation_items_by_time ON reconciliation_items (gateway, occurred_at);
CREATE INDEX reconciliation_items_different ON reconciliation_items (id) WHERE state <> 'matched';

-- Looks whether the cron pattern in the settings has come to its time again.
INSERT INTO schedules (name, every) VALUES ('reconciliation', '1 minute');

-- Where the service runs as another role than the tables' owner, it gets what it needs and no more.
DO $$
DECLARE
  runtime_role text := nullif(current_setting('tender.runtime_role', true), '');
BEGIN
  IF runtime_role IS NOT NULL THEN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON reconciliation_runs, reconciliation_items TO %I', runtime_role);
  END IF;
END $$;

-- Down Migration

DO $$
BEGIN
  IF EXISTS (SELECT FROM reconciliation_items WHERE state <> 'matched') THEN
    RAISE EXCEPTION 'there are differences, open or explained: this migration would drop them. Delete them first if that is what you want';
  END IF;
END $$;
DELETE FROM schedules WHERE name = 'reconciliation';
DROP TABLE reconciliation_items;
DROP TABLE reconciliation_runs;
