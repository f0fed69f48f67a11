-- The role that owns the tables and migrates, the one that Tender runs as, which owns nothing, and the database. Whoever owns a
-- table can empty it and switch its triggers off. Run it as the superuser, with the passwords given where no command line shows
-- them, which is in psql itself:
--
--   \set owner_password '...'
--   \set service_password '...'
--   \i roles.sql
--
-- `tender migrate up` grants the service what it needs, table by table.
\set ON_ERROR_STOP on
CREATE ROLE payment_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE payment_service LOGIN PASSWORD :'service_password';
CREATE DATABASE payments OWNER payment_owner;
REVOKE ALL ON DATABASE payments FROM PUBLIC;
GRANT CONNECT ON DATABASE payments TO payment_service;
