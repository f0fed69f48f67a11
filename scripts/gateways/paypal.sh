# shellcheck shell=bash disable=SC2034 # The scripts that source this file read what it sets.
# What the test scripts have to know of PayPal. Sourced, not run.

default_currency=EUR
# Every payment asks the buyer first; the sandbox's page takes these forms.
method_good=paypal method_asks=paypal page_agree=result=approve
method_declined=paypal page_decline=result=approve-declined decline_code=card_declined

webhook_settings=(PAYPAL_WEBHOOK_ID)
failure_missing=webhook_signature_missing failure_altered=webhook_signature_invalid
signs_time=false

# Only PayPal has the key that its webhooks are signed with, so those that are good come from its sandbox.
event() { :; }
