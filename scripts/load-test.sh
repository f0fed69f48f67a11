#!/usr/bin/env bash
# The load test of the quarter: the bench with its targets, and what a load is not to notice.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/load-test.sh [--to FOLDER] [--quick]

Runs the bench with its targets on this machine, which should be like those of production, then restarts servers under
load behind nginx, restarts and kills the database behind PgBouncer, and kills Redis primaries. Everything runs here,
against sandboxes; nothing of production is asked. Figures and logs go to FOLDER/<date>. docs/runbooks/load-test.md says
what to do with them.

  --to FOLDER  where figures are kept (bench/results)
  --quick      shorter, and noisier
  --help       this text

Exit codes: 0 all targets were met and nothing was lost, 1 otherwise, 64 usage.
HELP
}

to='' quick=()
while (($# > 0)); do
  case $1 in
    --to) take_value "$@" && to=$(realpath -m "$VALUE") && shift ;;
    --quick) quick=(--quick) ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${to:-$PWD/bench/results}/$(date -u +%Y-%m-%d)
mkdir -p "$folder"
failed=0

# Runs one part with its output in a file: part NAME COMMAND...
part() {
  step "$1"
  if "${@:2}" >"$folder/$1.log" 2>&1; then
    ok ''
  else
    echo "failed, see $folder/$1.log"
    failed=1
  fi
}

part bench npm run -s bench -- --check "${quick[@]}"
if [[ -e bench/results/latest.json ]]; then cp bench/results/latest.json "$folder/bench.json"; fi
if ((${#quick[@]} > 0)); then export ROLLING_RESTARTS=2 DATABASE_RESTARTS=1 REDIS_LOSS_SECONDS=1; fi
part rolling-restarts npm run -s rolling-restarts
part database-restarts npm run -s database-restarts
part redis-losses npm run -s redis-losses
echo "The figures are in $folder. Where Tender runs, write it down: tender schedules done load_test"
exit "$failed"
