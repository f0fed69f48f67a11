# shellcheck shell=bash disable=SC2034 # The scripts that source this file read what it sets.
# What the test scripts have to know of Stripe. Sourced, not run.

default_currency=EUR
method_good=pm_card_visa
method_declined=pm_card_chargeDeclined decline_code=card_declined
# Asks the customer first; the sandbox's page takes these forms.
method_asks=pm_card_authenticationRequired page_agree=result=complete page_decline=''

webhook_settings=(STRIPE_WEBHOOK_SECRET)
failure_missing=webhook_signature_missing failure_altered=webhook_signature_invalid
# Signs the time as well, so that an old delivery can be told.
signs_time=true

# An event that no payment is about: Tender stores it, works it off and ignores it: event TYPE.
event() {
  printf '{"id":"evt_%s","object":"event","type":"%s","created":%s,"data":{"object":{"object":"test"}}}' \
    "$(unique)" "$1" "$(date +%s)"
}

# Sets SIGNED to the headers of a body that is signed: sign BODY [UNIX_SECONDS [SECRET]].
sign() {
  # While one secret replaces another there are several; each of them is good.
  local time=${2:-$(date +%s)} secret=${3:-${STRIPE_WEBHOOK_SECRET%%,*}} hmac
  hmac=$(printf '%s.%s' "$time" "$1" | hmac_sha256 "$secret" | od -An -v -tx1 | tr -d ' \n')
  SIGNED=(-H "Stripe-Signature: t=$time,v1=$hmac")
}
