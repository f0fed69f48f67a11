#!/usr/bin/env bash
# Sends webhooks to a running Tender as a gateway would, good ones and bad ones, and says which step works.
# shellcheck disable=SC2154 # use_gateway sets what is said of a gateway.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test-webhook-delivery.sh --gateway stripe|square|paypal [options]

Sends webhooks to a running Tender, signed as the gateway signs them, and has the gateway send one of its
own. Prints each step; the first that fails ends it with what was expected and what came. No money is
moved, except in the sandbox.

  --gateway NAME       which gateway's webhooks
  --base-url URL       where the API is (TENDER_API_URL, or http://127.0.0.1:8000)
  --metrics-url URL    where the metrics are (TENDER_METRICS_URL, or http://127.0.0.1:8001/metrics); give
                       it once for each process where API and workers run by themselves (in the variable
                       with spaces between)
  --no-metrics         leave out what only the metrics can tell
  --help               this text

TENDER_API_KEY and the gateway's webhook settings (such as STRIPE_WEBHOOK_SECRET) come from the environment,
or from .tender/dev.env. PayPal's webhooks are signed by nobody else, so good ones come from its sandbox.
Exit codes: 0 all steps worked, 1 a step failed, 64 usage.
HELP
}

gateway='' BASE_URL='' metrics_urls=() with_metrics=true
while (($# > 0)); do
  case $1 in
    --gateway) take_value "$@" && gateway=$VALUE && shift ;;
    --base-url) take_value "$@" && BASE_URL=$VALUE && shift ;;
    --metrics-url) take_value "$@" && metrics_urls+=("$VALUE") && shift ;;
    --no-metrics) with_metrics=false ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
read_dev_environment
use_gateway "$gateway"
BASE_URL=${BASE_URL:-${TENDER_API_URL:-http://127.0.0.1:8000}} BASE_URL=${BASE_URL%/}
((${#metrics_urls[@]} > 0)) || read -ra metrics_urls <<<"${TENDER_METRICS_URL:-http://127.0.0.1:8001/metrics}"
[[ -n ${TENDER_API_KEY:-} ]] || usage_error 'TENDER_API_KEY is not set.'
for setting in "${webhook_settings[@]}"; do
  [[ -n ${!setting:-} ]] || usage_error "$setting is not set."
done

# Delivers a body: deliver BODY [CURL_ARGUMENTS...].
deliver() {
  local body=$1
  shift
  send -H 'Content-Type: application/json; charset=utf-8' "$@" --data-binary "$body" \
    "$BASE_URL/api/v1/payments/webhook/$gateway"
}

# The sum of a counter for an event type over all processes: counted NAME EVENT_TYPE.
counted() {
  local url
  for url in "${metrics_urls[@]}"; do
    curl -sS --max-time 10 "$url" || fail "metrics at $url" 'no answer'
  done | awk -v name="$1{" -v label="event_type=\"$2\"" \
    'index($0, name) == 1 && index($0, label) { sum += $NF } END { print sum + 0 }'
}

# Waits until a counter has reached a value: wait_for_count NAME EVENT_TYPE VALUE.
wait_for_count() {
  local deadline=$((SECONDS + 60)) now
  while true; do
    now=$(counted "$1" "$2")
    ((now < $3)) || return 0
    ((SECONDS < deadline)) || fail "$1 of $2 reaches $3 within 60 seconds" "$now"
    sleep 0.2
  done
}

expect_metrics() {
  step 'the metrics can be read'
  local url
  for url in "${metrics_urls[@]}"; do
    send "$url"
    [[ $STATUS == 200 && $BODY == *webhook_received_total* ]] ||
      fail "metrics at $url (--metrics-url says where, --no-metrics does without)" "$STATUS ${BODY:0:200}"
  done
  ok
}

good_deliveries() {
  local type=test.delivery before=0 good signed later processed
  [[ $with_metrics == false ]] || before=$(counted webhook_processed_total "$type")
  good=$(event "$type")
  sign "$good"
  signed=("${SIGNED[@]}")

  step 'a signed delivery is accepted'
  deliver "$good" "${signed[@]}"
  expect_status 200
  ok

  step 'the same delivery again is accepted'
  deliver "$good" "${signed[@]}"
  expect_status 200
  ok

  [[ $with_metrics == true ]] || return 0
  step 'it is stored and worked off once'
  wait_for_count webhook_processed_total "$type" $((before + 1))
  # A repetition that had been stored would be worked off before an event that came after it.
  later=$(event "$type")
  sign "$later"
  deliver "$later" "${SIGNED[@]}"
  expect_status 200
  wait_for_count webhook_processed_total "$type" $((before + 2))
  processed=$(counted webhook_processed_total "$type")
  ((processed == before + 2)) || fail '2 events worked off of 3 deliveries' "$((processed - before))"
  ok
}

bad_deliveries() {
  local good now
  good=$(event test.delivery)
  now=$(date +%s)
  sign "$good" "$now"
  refused 'an altered body is refused' "$failure_altered" "$good " "${SIGNED[@]}"
  sign "$good" "$now" whsec_of_somebody_else
  refused 'a signature by another secret is refused' "$failure_altered" "$good" "${SIGNED[@]}"
  if [[ $signs_time == true ]]; then
    sign "$good" $((now - 3600))
    refused 'an old timestamp is refused' webhook_timestamp_out_of_tolerance "$good" "${SIGNED[@]}"
  fi
}

# Delivers what must be refused: refused STEP CODE BODY [CURL_ARGUMENTS...].
refused() {
  step "$1"
  deliver "${@:3}"
  expect_status 400
  expect_field code "$2"
  ok
}

# Behind our back the sandbox's customer acts, or a dispute is opened: only a webhook can tell Tender of it.
event_of_the_sandbox() {
  step 'the sandbox tells of a payment by a webhook'
  local payment
  api POST /api/v1/payments "$(printf '{"amount":1250,"currency":"%s","gateway":"%s","confirm":true,"payment_method":"%s","return_url":"https://shop.example/done"}' \
    "$default_currency" "$gateway" "${method_asks:-$method_good}")"
  expect_status 201
  payment=$(field id)
  if [[ -n $method_asks ]]; then
    expect_field status requires_action
    submit_page "$(field url)" "$page_agree"
    wait_for_payment "$payment" succeeded 60
  else
    expect_field status succeeded
    send -X POST -H 'Content-Type: application/json' -d "{\"payment\":\"$(field gateway_payment_id)\"}" \
      "$SANDBOX_URL/__sandbox/disputes"
    [[ $STATUS =~ ^20[01]$ ]] || fail "$SANDBOX_URL opens a dispute" "$STATUS $BODY"
    wait_until_disputed "$payment"
  fi
  ok "$payment"
}

# Reads a payment until it is disputed: wait_until_disputed ID.
wait_until_disputed() {
  local deadline=$((SECONDS + 60))
  until api GET "/api/v1/payments/$1" && [[ $BODY == *'"disputed":true'* ]]; do
    ((SECONDS < deadline)) || fail "$1 is disputed within 60 seconds" "$STATUS $BODY"
    sleep 0.2
  done
}

# With a real account a payment is created and canceled, which moves no money, and the gateway tells of that.
event_of_the_gateway() {
  local type=payment_intent.canceled received processed payment
  step 'the gateway tells of a canceled payment by a webhook'
  received=$(counted webhook_received_total "$type")
  processed=$(counted webhook_processed_total "$type")
  api POST /api/v1/payments "{\"amount\":100,\"currency\":\"$default_currency\",\"gateway\":\"$gateway\"}"
  expect_status 201
  payment=$(field id)
  api POST "/api/v1/payments/$payment/cancel"
  expect_status 200
  wait_for_count webhook_received_total "$type" $((received + 1))
  wait_for_count webhook_processed_total "$type" $((processed + 1))
  ok "$payment"
}

expect_ready
[[ $with_metrics == false ]] || expect_metrics
if [[ -n $(event test.delivery) ]]; then
  good_deliveries
  bad_deliveries
fi
refused 'a missing signature is refused' "$failure_missing" '{"id":"unsigned","type":"test"}'
if [[ -n $SANDBOX_URL ]]; then
  event_of_the_sandbox
elif [[ $with_metrics == true && $gateway == stripe ]]; then
  event_of_the_gateway
fi
echo 'Webhooks are delivered.'
