#!/bin/sh
# Run by the image of PostgreSQL when its volume is new: deploy/postgres/roles.sql. Passwords come from secrets and reach no
# command line.
set -eu
{
  printf "\\set owner_password '%s'\n" "$(cat /run/secrets/payment_owner_password)"
  printf "\\set service_password '%s'\n" "$(cat /run/secrets/payment_service_password)"
  cat /etc/postgresql/roles.sql
} | psql -v ON_ERROR_STOP=1 --username postgres --no-password
