#!/usr/bin/env bash
# What the image of PostgreSQL says that its entrypoint does (https://hub.docker.com/_/postgres): it becomes the user postgres, makes
# a data folder where there is none, runs the scripts of /docker-entrypoint-initdb.d against a server that has a socket only, and
# becomes the server.
set -euo pipefail

if [[ $(id -u) == 0 ]]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -d -o postgres -g postgres -m 3777 /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  read -ra arguments <<<"${POSTGRES_INITDB_ARGS:-}"
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" "${arguments[@]}"
  "$@" -c listen_addresses= &
  server=$!
  until pg_isready --quiet --username=postgres; do kill -0 "$server" && sleep 0.1; done
  for script in /docker-entrypoint-initdb.d/*; do
    # One that is no program of its own is read by this shell.
    # shellcheck source=/dev/null
    if [[ -x $script ]]; then "$script"; else . "$script"; fi
  done
  kill -INT "$server"
  wait "$server"
fi
exec "$@"
