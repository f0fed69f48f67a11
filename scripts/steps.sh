# shellcheck shell=bash disable=SC2034 # The scripts that source this file read what it sets.
# What the test scripts share: printing steps, calling the API, and reading its JSON. Sourced, not run.
# The API writes JSON without spaces, and these scripts read only fields of objects they have made
# themselves, so sed is enough to find them.

readonly EXIT_FAILED=1 EXIT_USAGE=64

# Ends the script because it was called wrongly.
usage_error() {
  printf '%s\n' "$1" "Try $0 --help." >&2
  exit "$EXIT_USAGE"
}

# Sets VALUE to the value of an option, or ends the script where it has none: take_value "$@".
take_value() {
  [[ $# -ge 2 && -n $2 && $2 != --* ]] || usage_error "$1 needs a value."
  VALUE=$2
}

# Reads what `npm start` has written down, without touching what is set in the environment already.
read_dev_environment() {
  local file name value
  for file in .tender/dev.env "$(dirname "${BASH_SOURCE[0]}")/../.tender/dev.env"; do
    [[ -r $file ]] || continue
    while IFS='=' read -r name value; do
      [[ $name =~ ^[A-Z][A-Z_]*$ && -z ${!name:-} ]] && printf -v "$name" '%s' "$value"
    done <"$file"
    return 0
  done
}

# Reads what there is to know of a gateway, and where its sandbox is, if there is one: use_gateway NAME.
use_gateway() {
  local file variable
  file="$(dirname "${BASH_SOURCE[0]}")/gateways/$1.sh"
  [[ $1 =~ ^[a-z]+$ && -r $file ]] || usage_error "--gateway has to be stripe, square or paypal."
  # shellcheck source=/dev/null
  source "$file"
  variable="TENDER_SANDBOX_$(printf '%s' "$1" | tr '[:lower:]' '[:upper:]')_URL"
  SANDBOX_URL=${!variable:-}
}

# The HMAC-SHA256 of what comes in, as bytes: hmac_sha256 KEY. The key stays out of the process list.
hmac_sha256() {
  openssl dgst -sha256 -mac HMAC -binary \
    -macopt "hexkey:$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')"
}

# Does on a hosted page of the sandbox what a customer does: submit_page URL FORM.
submit_page() {
  send -o /dev/null -d "$2" "$1"
  [[ $STATUS =~ ^(200|302|303)$ ]] || fail "$1 takes the form" "$STATUS $BODY"
}

# Begins a step; `ok` or `fail` ends its line.
step() { printf '%-62s ' "$1"; }
# shellcheck disable=SC2120 # Those who source this file say what the step has made.
ok() { printf 'ok%s\n' "${1:+ ($1)}"; }

# Ends the script at a failed step: fail EXPECTED CAME.
fail() {
  printf 'failed\n  expected: %s\n  came:     %s\n' "$1" "$2" >&2
  [[ -z ${CHARGED:-} ]] || printf '  %s was charged and not refunded: refund it.\n' "$CHARGED" >&2
  exit "$EXIT_FAILED"
}

# A value that was never used before.
unique() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# Sends a request and sets STATUS and BODY; STATUS is 000 where there was no answer.
send() {
  local answer
  answer=$(curl -sS --max-time 60 -w '\n%{http_code}' "$@" 2>&1) || true
  STATUS=${answer##*$'\n'}
  BODY=${answer%$'\n'*}
}

# Calls the API: api METHOD PATH [BODY [IDEMPOTENCY_KEY]]. The key stays out of the process list.
api() {
  local arguments=(-X "$1" -H "Idempotency-Key: ${4:-$(unique)}")
  [[ -z ${3:-} ]] || arguments+=(-H 'Content-Type: application/json' -d "$3")
  send "${arguments[@]}" -H @<(printf 'Authorization: Bearer %s\n' "$TENDER_API_KEY") "$BASE_URL$2"
}

# The first value of a field in BODY, a string or a number: field NAME. Empty where there is none.
field() {
  grep -oE "\"$1\":(\"[^\"]*\"|-?[0-9]+)" <<<"$BODY" | head -n 1 | cut -d: -f2- | tr -d '"' || true
}

# Fails unless the answer has this status.
expect_status() {
  [[ $STATUS == "$1" ]] || fail "${2:-HTTP} $1" "$STATUS $BODY"
}

# Fails unless a field has this value: expect_field NAME VALUE.
expect_field() {
  local value
  value=$(field "$1")
  [[ $value == "$2" ]] || fail "$1 $2" "$1 ${value:-nothing} in $BODY"
}

# Reads a payment until it has this status: wait_for_payment ID STATUS SECONDS.
wait_for_payment() {
  local deadline=$((SECONDS + $3))
  while true; do
    api GET "/api/v1/payments/$1"
    [[ $STATUS == 200 && $(field status) == "$2" ]] && return 0
    ((SECONDS < deadline)) || fail "$1 becomes $2 within $3 seconds" "$STATUS $BODY"
    sleep 0.2
  done
}

expect_ready() {
  step 'the API is ready'
  send "$BASE_URL/ready"
  expect_status 200 "GET $BASE_URL/ready"
  ok ''
}
