#!/usr/bin/env bash
# Calls what operators call, as the deployment guide prints it, and says which call works and who is let in.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test-admin-api.sh [options]

Makes every call of the deployment guide to a running Tender: probes, metrics, the settings of a gateway,
the status, and the failover, which switches the first gateway off and on again. Each call of the admin API
is also made without a token, which has to get 401, and with the token of a viewer, which has to get 403
where the call changes something. Prints each step; the first that fails ends it.

  --gateway NAME       the gateway that is configured and switched (stripe)
  --backup NAME        the gateway that is enabled in its place (square)
  --base-url URL       where the API is (TENDER_API_URL, or http://127.0.0.1:8000)
  --metrics-url URL    where a worker's metrics are (TENDER_METRICS_URL, or http://127.0.0.1:8001/metrics)
  --api-metrics-url URL  where the API's metrics are, if it is another process
  --help               this text

TENDER_ADMIN_TOKEN comes from the environment, or from .tender/dev.env. For the viewer an operator is let in
and disabled again. The settings of the gateway stay as they were, or are fee_percentage 2.9 and fee_fixed
0.30 where there were none. Exit codes: 0 all steps worked, 1 a step failed, 64 usage.
HELP
}

gateway=stripe backup=square BASE_URL='' metrics_url='' api_metrics_url=''
while (($# > 0)); do
  case $1 in
    --gateway) take_value "$@" && gateway=$VALUE && shift ;;
    --backup) take_value "$@" && backup=$VALUE && shift ;;
    --base-url) take_value "$@" && BASE_URL=$VALUE && shift ;;
    --metrics-url) take_value "$@" && metrics_url=$VALUE && shift ;;
    --api-metrics-url) take_value "$@" && api_metrics_url=$VALUE && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
read_dev_environment
BASE_URL=${BASE_URL:-${TENDER_API_URL:-http://127.0.0.1:8000}} BASE_URL=${BASE_URL%/}
metrics_url=${metrics_url:-${TENDER_METRICS_URL:-http://127.0.0.1:8001/metrics}}
api_metrics_url=${api_metrics_url:-$metrics_url}
[[ -n ${TENDER_ADMIN_TOKEN:-} ]] || usage_error 'TENDER_ADMIN_TOKEN is not set.'
ADMIN_TOKEN=$TENDER_ADMIN_TOKEN

# Calls the admin API with a token, or without one: admin TOKEN METHOD PATH [BODY]. Tokens stay out of the process list.
admin() {
  local arguments=(-X "$2")
  [[ -z ${4:-} ]] || arguments+=(-H 'Content-Type: application/json' -d "$4")
  if [[ -n $1 ]]; then
    send "${arguments[@]}" -H @<(printf 'Authorization: Bearer %s\n' "$1") "$BASE_URL/api/v1/admin$3"
  else
    send "${arguments[@]}" "$BASE_URL/api/v1/admin$3"
  fi
}

# Makes a call as everybody: call_as_all VIEWER_STATUS METHOD PATH [BODY]. The answer to the administrator stays in BODY.
call_as_all() {
  local expected=$1
  shift
  step "$1 /api/v1/admin$2"
  admin '' "$@"
  expect_status 401 'without a token HTTP 401'
  admin "$VIEWER_TOKEN" "$@"
  expect_status "$expected" "as a viewer HTTP $expected"
  admin "$ADMIN_TOKEN" "$@"
  expect_status 200 'as an administrator HTTP 200'
  ok ''
}

# Reads metrics and finds a line that begins so: expect_metric URL BEGINNING.
expect_metric() {
  step "$1 has $2"
  send "$1"
  expect_status 200
  grep -q "^$2" <<<"$BODY" || fail "a metric that begins with $2" "${BODY:0:200}"
  ok ''
}

forget_viewer() {
  [[ -z ${VIEWER_ID:-} ]] || admin "$ADMIN_TOKEN" POST "/operators/$VIEWER_ID/disable"
}
trap forget_viewer EXIT

step 'GET /health'
send "$BASE_URL/health"
expect_status 200
ok ''
expect_metric "$metrics_url" worker_health
expect_metric "$api_metrics_url" db_connections
expect_metric "$api_metrics_url" payment_

step 'a viewer is let in'
admin "$ADMIN_TOKEN" POST /operators "{\"name\":\"$(basename "$0") $(unique)\",\"role\":\"viewer\",\"expires_in_seconds\":600}"
expect_status 201
VIEWER_ID=$(field id) VIEWER_TOKEN=$(field token)
ok ''

admin "$ADMIN_TOKEN" GET "/gateways/$gateway/config"
before=$(grep -oE '"fee_(percentage|fixed)":[0-9.]+' <<<"$BODY" | paste -sd, - || true)
call_as_all 403 PUT "/gateways/$gateway/config" '{"fee_percentage": 2.9, "fee_fixed": 0.30}'
[[ $BODY == *'"fee_percentage":2.9,"fee_fixed":0.3,'* ]] || fail 'the fees that were sent' "$BODY"
[[ -z $before ]] || admin "$ADMIN_TOKEN" PUT "/gateways/$gateway/config" "{$before}"

call_as_all 200 GET /gateways/status
call_as_all 403 POST "/gateways/$gateway/disable"
[[ $BODY == *'"enabled":false'* ]] || fail "$gateway is disabled" "$BODY"
call_as_all 403 POST "/gateways/$backup/enable"
[[ $BODY == *'"enabled":true'* ]] || fail "$backup is enabled" "$BODY"
step "$gateway is enabled again"
admin "$ADMIN_TOKEN" POST "/gateways/$gateway/enable"
expect_status 200
ok ''
