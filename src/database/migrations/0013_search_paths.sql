-- Up Migration

-- PostgreSQL looks for tables among the temporary ones first, unless told to do so last, and every role may make some.
-- In a function that runs with its owner's rights such a table had its triggers run with these rights too, so that the
-- service's role could have switched off what keeps the audit log from being changed.
-- Source: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
DO $$
DECLARE
  function text;
BEGIN
  FOREACH function IN ARRAY ARRAY[
    'ensure_webhook_partitions()', 'drop_webhook_payloads(interval)', 'number_audit_entry()', 'date_gateway_settings()'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
  END LOOP;
END $$;

-- Down Migration

ALTER FUNCTION ensure_webhook_partitions() SET search_path FROM CURRENT;
ALTER FUNCTION drop_webhook_payloads(interval) SET search_path FROM CURRENT;
ALTER FUNCTION number_audit_entry() SET search_path FROM CURRENT;
ALTER FUNCTION date_gateway_settings() SET search_path FROM CURRENT;
