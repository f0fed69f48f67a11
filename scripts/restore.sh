#!/usr/bin/env bash
# Puts a data folder together from what scripts/backup.sh has kept, for a server that then goes on to the moment it is told.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/restore.sh --from FOLDER --to DATA_FOLDER [--time TIME]

Copies the newest base backup of FOLDER that is from before TIME to DATA_FOLDER, and leaves word there that PostgreSQL is
to replay the log of FOLDER/wal up to TIME, or to its end, when it is started, and to take writes then. It starts nothing.
docs/runbooks/restore.md says what comes before and after.

  --from FOLDER      where scripts/backup.sh has kept things; PostgreSQL reads the log there, so it has to stay
  --to DATA_FOLDER   the new data folder, empty or not there; run this as the user of PostgreSQL, who has to own it
  --time TIME        such as '2026-11-30 12:34:56+00'; without it, everything that was received
  --help             this text

Exit codes: 0 done, 1 it failed, 64 usage.
HELP
}

from='' to='' moment=''
while (($# > 0)); do
  case $1 in
    --from) take_value "$@" && from=$(realpath -m "$VALUE") && shift ;;
    --to) take_value "$@" && to=${VALUE%/} && shift ;;
    --time) take_value "$@" && moment=$VALUE && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
[[ -n $from && -n $to ]] || usage_error '--from and --to have to be folders.'
[[ $from != *[\'\"%]* ]] || usage_error '--from may not have quotes or percent signs in its name.'
limit=$(date -u -d "${moment:-now}" +%Y%m%dT%H%M%SZ 2>/dev/null) || usage_error '--time has to be a time.'
[[ $moment != *\'* ]] || usage_error '--time has to be a time.'

step 'there is a base backup from before that time'
base=''
while read -r each; do
  # The names are times that sort as texts.
  [[ ${each##*/} > $limit ]] || base=$each
done < <(find "$from/base" -mindepth 1 -maxdepth 1 -name '2*Z' | sort)
[[ -n $base ]] || fail "one of $limit or older in $from/base" 'none'
ok "${base##*/}"

step 'the data folder is empty'
[[ ! -e $to || -z $(ls -A "$to") ]] || fail "nothing in $to" "$(find "$to" -mindepth 1 -maxdepth 1 | wc -l) entries"
ok ''

step 'it is put together'
mkdir -p "$to"
cp -a "$base/." "$to/"
chmod 700 "$to"
{
  # The last segment was still being received, and has another name.
  printf "restore_command = 'cp \"%s/wal/%%f\" \"%%p\" || cp \"%s/wal/%%f.partial\" \"%%p\"'\n" "$from" "$from"
  [[ -z $moment ]] || printf "recovery_target_time = '%s'\n" "$moment"
  printf "recovery_target_action = 'promote'\n"
} >>"$to/postgresql.auto.conf"
touch "$to/recovery.signal"
ok ''
echo "Start PostgreSQL with $to: it takes writes once SELECT pg_is_in_recovery() says f."
