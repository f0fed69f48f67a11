-- The role of a standby and of scripts/backup.sh, which reads everything there is: keep its password as you keep the backups. Run it
-- as roles.sql, after
--
--   \set replication_password '...'
--
\set ON_ERROR_STOP on
CREATE ROLE payment_replication LOGIN REPLICATION PASSWORD :'replication_password';
