#!/bin/sh
# Run by the image of PostgreSQL when its volume is new: the role that owns the tables, and the one that Tender runs as,
# which owns nothing. Passwords come from secrets and reach no command line.
set -eu
{
  printf "\\set owner_password '%s'\n" "$(cat /run/secrets/payment_owner_password)"
  printf "\\set service_password '%s'\n" "$(cat /run/secrets/payment_service_password)"
  cat <<'SQL'
CREATE ROLE payment_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE payment_service LOGIN PASSWORD :'service_password';
CREATE DATABASE payments OWNER payment_owner;
REVOKE ALL ON DATABASE payments FROM PUBLIC;
GRANT CONNECT ON DATABASE payments TO payment_service;
SQL
} | psql -v ON_ERROR_STOP=1 --username postgres --no-password
