#!/usr/bin/env bash
# Sends webhooks to a running Tender as a gateway would, good ones and bad ones, and says which step works.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test-webhook-delivery.sh --gateway stripe [options]

Sends webhooks to a running Tender, signed as the gateway signs them, and has the gateway send one of its
own. Prints each step; the first that fails ends it with what was expected and what came. No money is
moved, except in the sandbox.

  --gateway NAME       which gateway's webhooks (stripe is the only one so far)
  --base-url URL       where the API is (TENDER_API_URL, or http://127.0.0.1:8000)
  --metrics-url URL    where the metrics are (TENDER_METRICS_URL, or http://127.0.0.1:8001/metrics); give
                       it once for each process where API and workers run by themselves
  --no-metrics         leave out what only the metrics can tell
  --help               this text

STRIPE_WEBHOOK_SECRET and TENDER_API_KEY come from the environment, or from .tender/dev.env.
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
[[ $gateway == stripe ]] || usage_error '--gateway has to be stripe.'
read_dev_environment
BASE_URL=${BASE_URL:-${TENDER_API_URL:-http://127.0.0.1:8000}} BASE_URL=${BASE_URL%/}
((${#metrics_urls[@]} > 0)) || metrics_urls=("${TENDER_METRICS_URL:-http://127.0.0.1:8001/metrics}")
[[ -n ${TENDER_API_KEY:-} ]] || usage_error 'TENDER_API_KEY is not set.'
[[ -n ${STRIPE_WEBHOOK_SECRET:-} ]] || usage_error 'STRIPE_WEBHOOK_SECRET is not set.'
# While one secret replaces another there are several; each of them is good.
secret=${STRIPE_WEBHOOK_SECRET%%,*}

# The signature of a body at a time: signature BODY UNIX_SECONDS [SECRET]. The secret stays out of the process list.
signature() {
  local hmac
  hmac=$(printf '%s.%s' "$2" "$1" |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(printf '%s' "${3:-$secret}" | od -An -v -tx1 | tr -d ' \n')")
  printf 't=%s,v1=%s' "$2" "${hmac##* }"
}

# Delivers a body: deliver BODY [SIGNATURE].
deliver() {
  local headers=(-H 'Content-Type: application/json; charset=utf-8')
  [[ -z ${2:-} ]] || headers+=(-H "Stripe-Signature: $2")
  send "${headers[@]}" --data-binary "$1" "$BASE_URL/api/v1/payments/webhook/stripe"
}

# An event that no payment is about: Tender stores it, works it off and ignores it.
event() {
  printf '{"id":"evt_%s","object":"event","type":"%s","created":%s,"data":{"object":{"object":"test"}}}' \
    "$(unique)" "$1" "$(date +%s)"
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
  signed=$(signature "$good" "$(date +%s)")

  step 'a signed delivery is accepted'
  deliver "$good" "$signed"
  expect_status 200
  ok

  step 'the same delivery again is accepted'
  deliver "$good" "$signed"
  expect_status 200
  ok

  [[ $with_metrics == true ]] || return 0
  step 'it is stored and worked off once'
  wait_for_count webhook_processed_total "$type" $((before + 1))
  # A repetition that had been stored would be worked off before an event that came after it.
  later=$(event "$type")
  deliver "$later" "$(signature "$later" "$(date +%s)")"
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
  refused 'an altered body is refused' webhook_signature_invalid "$good " "$(signature "$good" "$now")"
  refused 'a signature by another secret is refused' webhook_signature_invalid \
    "$good" "$(signature "$good" "$now" whsec_of_somebody_else)"
  refused 'an old timestamp is refused' webhook_timestamp_out_of_tolerance \
    "$good" "$(signature "$good" $((now - 3600)))"
  refused 'a missing signature is refused' webhook_signature_missing "$good" ''
}

# Delivers what must be refused: refused STEP CODE BODY SIGNATURE.
refused() {
  step "$1"
  deliver "$3" "$4"
  expect_status 400
  expect_field code "$2"
  ok
}

# In the sandbox a customer authenticates behind our back: only a webhook can tell Tender that the payment succeeded.
event_of_the_sandbox() {
  step 'the sandbox tells of a payment by a webhook'
  local payment page
  api POST /api/v1/payments '{"amount":1250,"currency":"EUR","gateway":"stripe","confirm":true,"payment_method":"pm_card_authenticationRequired","return_url":"https://shop.example/done"}'
  expect_status 201
  expect_field status requires_action
  payment=$(field id) page=$(field url)
  send -o /dev/null -d result=complete "$page"
  [[ $STATUS =~ ^(200|302|303)$ ]] || fail "$page takes the form" "$STATUS $BODY"
  wait_for_payment "$payment" succeeded 60
  ok "$payment"
}

# With a real account a payment is created and canceled, which moves no money, and the gateway tells of that.
event_of_the_gateway() {
  local type=payment_intent.canceled received processed payment
  step 'the gateway tells of a canceled payment by a webhook'
  received=$(counted webhook_received_total "$type")
  processed=$(counted webhook_processed_total "$type")
  api POST /api/v1/payments '{"amount":100,"currency":"EUR","gateway":"stripe"}'
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
good_deliveries
bad_deliveries
if [[ -n ${TENDER_SANDBOX_URL:-} ]]; then
  event_of_the_sandbox
elif [[ $with_metrics == true ]]; then
  event_of_the_gateway
fi
echo 'Webhooks are delivered.'
