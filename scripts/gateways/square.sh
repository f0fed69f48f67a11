# shellcheck shell=bash disable=SC2034 # The scripts that source this file read what it sets.
# What the test scripts have to know of Square. Sourced, not run.

default_currency=${SQUARE_CURRENCY:-USD}
method_good=cnon:card-nonce-ok
method_declined=cnon:card-nonce-declined decline_code=card_declined
# Whoever has to prove who they are does so before Square is asked.
method_asks='' page_agree='' page_decline=''

webhook_settings=(SQUARE_WEBHOOK_SIGNATURE_KEY SQUARE_WEBHOOK_URL)
failure_missing=webhook_signature_missing failure_altered=webhook_signature_invalid
signs_time=false

# An event that no payment is about: Tender stores it, works it off and ignores it: event TYPE.
event() {
  printf '{"merchant_id":"test","type":"%s","event_id":"%s","created_at":"%s","data":{"type":"test","id":"test","object":{}}}' \
    "$1" "$(unique)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

# Sets SIGNED to the headers of a body that is signed: sign BODY [UNIX_SECONDS [KEY]]. The URL is signed with it.
sign() {
  local key=${3:-${SQUARE_WEBHOOK_SIGNATURE_KEY%%,*}} hmac
  hmac=$(printf '%s%s' "$SQUARE_WEBHOOK_URL" "$1" | hmac_sha256 "$key" | openssl base64 -A)
  SIGNED=(-H "x-square-hmacsha256-signature: $hmac")
}
