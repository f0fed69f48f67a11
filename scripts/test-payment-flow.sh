#!/usr/bin/env bash
# Takes payments through a running Tender, as a merchant's server would, and says which step works.
# shellcheck disable=SC2154 # use_gateway sets what is said of a gateway.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/test-payment-flow.sh --env development|staging|production [options]

Takes payments through a running Tender and prints each step. The first that fails ends it with what
was expected and what came.

  --env NAME            development or staging: test cards are charged, captured, refunded and declined;
                        the customer's page of the sandbox is completed
                        production: a payment is created and canceled, which moves no money
  --base-url URL        where the API is (TENDER_API_URL, or http://127.0.0.1:8000)
  --gateway NAME        which gateway to test: stripe, square or paypal (stripe)
  --currency CODE       the currency of all payments (what the gateway's sandbox takes)
  --amount NUMBER       the amount of a payment in production, in minor units (100)
  --payment-method ID   production only: charge this payment method for real, and refund it at once
  --confirm             charge for real without asking on the terminal
  --help                this text

The API key comes from TENDER_API_KEY, and TENDER_SANDBOX_<GATEWAY>_URL says where the gateway's sandbox
is, if there is one; in development both come from .tender/dev.env.
Exit codes: 0 all steps worked, 1 a step failed, 64 usage.
HELP
}

environment='' gateway=stripe currency='' amount=100 payment_method='' confirmed=false BASE_URL=''
while (($# > 0)); do
  case $1 in
    --env) take_value "$@" && environment=$VALUE && shift ;;
    --base-url) take_value "$@" && BASE_URL=$VALUE && shift ;;
    --gateway) take_value "$@" && gateway=$VALUE && shift ;;
    --currency) take_value "$@" && currency=$VALUE && shift ;;
    --amount) take_value "$@" && amount=$VALUE && shift ;;
    --payment-method) take_value "$@" && payment_method=$VALUE && shift ;;
    --confirm) confirmed=true ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
[[ $environment =~ ^(development|staging|production)$ ]] ||
  usage_error '--env has to be development, staging or production.'
[[ $amount =~ ^[1-9][0-9]*$ ]] || usage_error '--amount has to be a whole number of minor units.'
[[ $environment == production || -z $payment_method ]] ||
  usage_error '--payment-method is for production: elsewhere test cards are used.'

[[ $environment != development ]] || read_dev_environment
use_gateway "$gateway"
currency=${currency:-$default_currency}
BASE_URL=${BASE_URL:-${TENDER_API_URL:-http://127.0.0.1:8000}} BASE_URL=${BASE_URL%/}
case ${TENDER_API_KEY:-} in
  '') usage_error 'TENDER_API_KEY is not set. In development npm start writes it to .tender/dev.env.' ;;
  tk_live_*) [[ $environment == production ]] || usage_error "TENDER_API_KEY is a live key: it is not for $environment." ;;
  *) [[ $environment != production ]] || usage_error 'TENDER_API_KEY is not a live key: it is not for production.' ;;
esac

# The body of a new payment: new_payment AMOUNT [MORE_FIELDS].
new_payment() {
  printf '{"amount":%s,"currency":"%s","gateway":"%s","description":"Test of the payment flow"%s}' \
    "$1" "$currency" "$gateway" "${2:+,$2}"
}

# The fields that charge at once: with_method METHOD.
with_method() { printf '"payment_method":"%s","confirm":true,"return_url":"https://shop.example/done"' "$1"; }

# Has the customer agree where the gateway asks, until the payment has this status: agreed STATUS.
agreed() {
  if [[ $(field status) == requires_action ]]; then
    local payment page
    payment=$(field id) page=$(field url)
    [[ -n $SANDBOX_URL && $page == "$SANDBOX_URL"/* ]] ||
      fail 'a page of the sandbox: the customer has to agree, and a real page wants a browser' "$page"
    submit_page "$page" "$page_agree"
    wait_for_payment "$payment" "$1" 30
  fi
  expect_field status "$1"
}

charge() {
  step 'a payment is charged'
  local key
  key=$(unique)
  api POST /api/v1/payments "$(new_payment "$1" "$(with_method "$2")")" "$key"
  expect_status 201
  charged=$(field id)
  CHARGED=$charged
  agreed succeeded
  expect_field amount_captured "$1"
  ok "$charged"

  step 'the same request again is the same payment'
  api POST /api/v1/payments "$(new_payment "$1" "$(with_method "$2")")" "$key"
  expect_status 201
  expect_field id "$charged"
  ok
}

refund() {
  step 'it is refunded'
  api POST "/api/v1/payments/$charged/refunds"
  expect_status 201
  local refund
  refund=$(field id)
  api GET "/api/v1/payments/$charged"
  [[ $(field amount_refunded) == "$1" || $(field amount_refund_pending) == "$1" ]] ||
    fail "amount_refunded or amount_refund_pending $1" "$BODY"
  CHARGED=''
  ok "$refund"
}

refund_too_much() {
  step 'a second refund of it is refused'
  api POST "/api/v1/payments/$charged/refunds" '{"amount":1}'
  expect_status 422
  expect_field code refund_exceeds_captured
  ok
}

authenticate() {
  [[ -n $method_asks ]] || return 0
  step 'the customer has to act first: 3-D Secure, or an approval'
  local payment page
  api POST /api/v1/payments "$(new_payment 2000 "$(with_method "$method_asks")")"
  expect_status 201
  expect_field status requires_action
  payment=$(field id) page=$(field url)
  ok "$payment"

  # The page of a real gateway wants a browser; the sandbox's takes a form.
  if [[ -z $SANDBOX_URL || $page != "$SANDBOX_URL"/* ]]; then
    step 'the page wants a browser, so the payment is canceled'
    api POST "/api/v1/payments/$payment/cancel"
    expect_status 200
    expect_field status canceled
    ok
    return
  fi
  step 'the page is completed and the payment succeeds'
  submit_page "$page" "$page_agree"
  wait_for_payment "$payment" succeeded 30
  ok
}

capture() {
  step 'a payment is authorized'
  api POST /api/v1/payments "$(new_payment 3000 "$(with_method "$method_good"),\"capture_method\":\"manual\"")"
  expect_status 201
  agreed requires_capture
  expect_field amount_capturable 3000
  local payment
  payment=$(field id)
  ok "$payment"

  step 'a part of it is captured'
  api POST "/api/v1/payments/$payment/capture" '{"amount":2500}'
  expect_status 200
  expect_field status succeeded
  expect_field amount_captured 2500
  ok
}

decline() {
  step 'a payment method is declined'
  local payment
  api POST /api/v1/payments "$(new_payment 4000 "$(with_method "$method_declined")")"
  if [[ -n $page_decline ]]; then
    expect_status 201
    payment=$(field id)
    submit_page "$(field url)" "$page_decline"
    wait_for_payment "$payment" requires_payment_method 30
    [[ $BODY == *"\"last_error\":{\"code\":\"$decline_code\""* ]] || fail "last_error $decline_code" "$BODY"
  else
    expect_status 402
    expect_field decline_code "$decline_code"
    payment=$(field id)
  fi
  ok "$payment"

  step 'nothing was charged, and the payment waits for another method'
  api GET "/api/v1/payments/$payment"
  expect_status 200
  expect_field status requires_payment_method
  expect_field amount_captured 0
  ok
  cancel "$payment"
}

cancel() {
  step 'it is canceled'
  api POST "/api/v1/payments/$1/cancel"
  expect_status 200
  expect_field status canceled
  ok
}

create_without_charge() {
  step 'a payment is created, without charging anybody'
  api POST /api/v1/payments "$(new_payment "$amount")"
  expect_status 201
  expect_field status requires_payment_method
  local payment
  payment=$(field id)
  ok "$payment"
  cancel "$payment"
}

ask_before_charging() {
  [[ $confirmed == false ]] || return 0
  [[ -t 0 ]] || usage_error "This charges $amount minor units of $currency for real: say so with --confirm."
  local typed
  read -rp "This charges $amount minor units of $currency for real, and refunds them. Type charge: " typed
  [[ $typed == charge ]] || usage_error 'Nothing was charged.'
}

[[ -z $payment_method ]] || ask_before_charging
expect_ready
if [[ $environment == production ]]; then
  create_without_charge
  if [[ -n $payment_method ]]; then
    charge "$amount" "$payment_method"
    refund "$amount"
  fi
else
  charge 1250 "$method_good"
  refund 1250
  refund_too_much
  authenticate
  capture
  decline
fi
echo 'The payment flow works.'
