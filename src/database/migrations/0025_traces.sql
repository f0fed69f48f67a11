-- Up Migration

-- The span in which each was written down, as W3C Trace Context writes it: what happens later goes on from it. NULL where
-- tracing was off.
ALTER TABLE payment_attempts ADD COLUMN traceparent text;
ALTER TABLE refunds ADD COLUMN traceparent text;
ALTER TABLE webhook_receipts ADD COLUMN traceparent text;

-- Down Migration

ALTER TABLE webhook_receipts DROP COLUMN traceparent;
ALTER TABLE refunds DROP COLUMN traceparent;
ALTER TABLE payment_attempts DROP COLUMN traceparent;
