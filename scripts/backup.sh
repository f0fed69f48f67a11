#!/usr/bin/env bash
# Keeps what a database needs to be restored to any moment: base backups, and the write-ahead log between them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/backup.sh --to FOLDER [--archive | --keep NUMBER]

Takes a base backup of the whole server to FOLDER/base/<when it was done>, verified file by file; with --archive it
receives the write-ahead log to FOLDER/wal as it is written, and goes on until it is stopped. Both together are what
scripts/restore.sh needs to go back to any moment since the oldest base backup.

  --to FOLDER    where backups are kept; not the machine of the database
  --archive      receive the log, by the replication slot tender_archive: while nobody receives, the server keeps it all,
                 so set max_slot_wal_keep_size there and look at pg_replication_slots
  --keep NUMBER  afterwards remove all base backups but the newest NUMBER, and the log that only they needed
  --help         this text

Where the server is say the variables of libpq: PGHOST, PGPORT, PGUSER (a role with REPLICATION), PGPASSWORD or
PGPASSFILE, PGSSLMODE, PGSSLROOTCERT. The programs have to be of the server's major version.
Exit codes: 0 done, 1 it failed, 64 usage.
HELP
}

to='' archive=false keep=''
while (($# > 0)); do
  case $1 in
    --to) take_value "$@" && to=${VALUE%/} && shift ;;
    --archive) archive=true ;;
    --keep) take_value "$@" && keep=$VALUE && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
[[ -n $to ]] || usage_error '--to has to be the folder of the backups.'
[[ -z $keep || $keep =~ ^[1-9][0-9]*$ ]] || usage_error '--keep has to be a number from 1.'
# Debian keeps some of PostgreSQL's programs out of the path.
for folder in /usr/lib/postgresql/*/bin; do PATH=$PATH:$folder; done
umask 077
mkdir -p "$to/base" "$to/wal"

if [[ $archive == true ]]; then
  slot=(--slot=tender_archive)
  pg_receivewal --no-password "${slot[@]}" --create-slot --if-not-exists
  exec pg_receivewal --no-password "${slot[@]}" --synchronous --directory="$to/wal"
fi

draft=$to/base/.draft-$$
trap 'rm -rf "$draft"' EXIT
step 'the base backup is taken'
pg_basebackup --no-password --pgdata="$draft" --format=plain --wal-method=stream --checkpoint=fast
ok "$(du -sh "$draft" | cut -f1)"
step 'it is what the server wrote down'
pg_verifybackup --quiet "$draft"
ok ''
# By when it was done: it is good for any moment after that.
done_at=$(date -u +%Y%m%dT%H%M%SZ)
mv "$draft" "$to/base/$done_at"

if [[ -n $keep ]]; then
  step "the newest $keep are kept"
  mapfile -t kept < <(find "$to/base" -mindepth 1 -maxdepth 1 -name '2*Z' | sort -r)
  for old in "${kept[@]:keep}"; do rm -rf "$old"; done
  oldest=${kept[$((${#kept[@]} < keep ? ${#kept[@]} - 1 : keep - 1))]}
  first=$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
  [[ -n $first ]] && pg_archivecleanup "$to/wal" "$first"
  ok "the oldest is ${oldest##*/}"
fi
echo "$to/base/$done_at"
