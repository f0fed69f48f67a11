#!/usr/bin/env bash
# Looks at a running installation from outside and says whether it is fit to take payments. Changes nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke-test-production.sh [options]

Looks at a running Tender, safe on a live one: nothing is written, no gateway is asked, and no key is needed. Probes, TLS
and headers at the front door, who is turned away, and, where it is told where they are, metrics, versions, the backlog,
and whether Prometheus has the alert rules. Prints each step; the first that fails ends it.

  --base-url URL          the front door (TENDER_API_URL, or https://payments.company.com)
  --connect-to HOST:PORT  where that is, past DNS: one server, or a new one before it is in DNS
  --ca-file FILE          whom to trust for its certificate, other than the authorities of the system
  --min-days DAYS         how long the certificate has to last (14)
  --metrics-url URL       metrics of a process; may be given several times
  --prometheus-url URL    Prometheus, to see whether rules and targets are there
  --help                  this text

Exit codes: 0 all steps worked, 1 a step failed, 64 usage.
HELP
}

BASE_URL='' connect_to='' ca_file='' min_days=14 prometheus_url='' metrics_urls=()
while (($# > 0)); do
  case $1 in
    --base-url) take_value "$@" && BASE_URL=$VALUE && shift ;;
    --connect-to) take_value "$@" && connect_to=$VALUE && shift ;;
    --ca-file) take_value "$@" && ca_file=$VALUE && shift ;;
    --min-days) take_value "$@" && min_days=$VALUE && shift ;;
    --metrics-url) take_value "$@" && metrics_urls+=("$VALUE") && shift ;;
    --prometheus-url) take_value "$@" && prometheus_url=${VALUE%/} && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage_error "Unknown option: $1" ;;
  esac
  shift
done
BASE_URL=${BASE_URL:-${TENDER_API_URL:-https://payments.company.com}} BASE_URL=${BASE_URL%/}
[[ $BASE_URL =~ ^https?://[^/]+$ ]] || usage_error '--base-url has to be http:// or https:// with a host and nothing after.'
[[ $min_days =~ ^[0-9]+$ ]] || usage_error '--min-days has to be a number.'
host=${BASE_URL#*://}
[[ $host == *:* ]] && port=${host##*:} host=${host%:*} || port=443

door=()
[[ -z $connect_to ]] || door+=(--connect-to "::$connect_to")
[[ -z $ca_file ]] || door+=(--cacert "$ca_file")
# Asks at the front door: ask PATH [curl options].
ask() { send "${door[@]}" "${@:2}" "$BASE_URL$1"; }
# Passes if the front door answers so: answers STATUS PATH WHAT [curl options].
answers() {
  step "$3"
  ask "$2" "${@:4}"
  expect_status "$1" "$2 HTTP"
  ok ''
}

answers 200 /health 'the API is alive'
answers 200 /ready 'it is ready'

if [[ $BASE_URL == https:* ]]; then
  server=(-connect "${connect_to:-$host:$port}" -servername "$host")
  [[ -z $ca_file ]] || server+=(-CAfile "$ca_file")
  step "the certificate is that of $host and lasts $min_days days"
  certificate=$(openssl s_client "${server[@]}" -verify_hostname "$host" -verify_return_error </dev/null 2>/dev/null) ||
    fail 'a certificate that can be verified' "an error: openssl s_client ${server[*]}"
  openssl x509 -noout -checkend $((min_days * 86400)) <<<"$certificate" >/dev/null ||
    fail "one that lasts $min_days days" "$(openssl x509 -noout -enddate <<<"$certificate")"
  ok "$(openssl x509 -noout -enddate <<<"$certificate")"
  step 'TLS 1.1 is refused'
  ! curl -sS -o /dev/null --max-time 20 "${door[@]}" --tls-max 1.1 "$BASE_URL/health" 2>/dev/null ||
    fail 'no connection' 'one'
  ok ''
fi

step 'answers have the security headers, each once'
ask /health -i
for header in strict-transport-security x-content-type-options x-frame-options content-security-policy; do
  count=$(grep -ci "^$header:" <<<"$BODY" || true)
  [[ $count == 1 ]] || fail "$header once" "$count times"
done
! grep -qiE '^(x-powered-by|server: *[a-z-]+/[0-9])' <<<"$BODY" || fail 'no word on what runs' "$BODY"
ok ''

answers 401 /api/v1/payments 'payments want a key'
answers 401 /api/v1/payments 'a wrong key is refused' -H "Authorization: Bearer tk_live_$(unique)"
answers 401 /api/v1/admin/gateways/status 'the admin API wants a token'
answers 404 /metrics 'metrics are not at the front door'
answers 404 "/api/v1/payments/webhook/nobody" 'webhooks of nobody are refused' -X POST -d '{}' -H 'Content-Type: application/json'

versions=()
for url in ${metrics_urls[@]+"${metrics_urls[@]}"}; do
  step "$url: healthy, and not behind"
  send "$url"
  expect_status 200
  grep -q '^payment_' <<<"$BODY" || fail 'metrics that begin with payment_' "${BODY:0:200}"
  ! grep -E '^health_check\{check="database"\} 0' <<<"$BODY" || fail 'a database' 'none'
  ! grep -E '^worker_health 0' <<<"$BODY" || fail 'a worker that turns' 'one that hangs'
  value() { grep -E "^$1 " <<<"$BODY" | cut -d' ' -f2 || true; }
  depth=$(value payment_webhook_queue_depth) limit=$(value payment_alert_webhook_backlog_threshold)
  [[ -n $depth && ${depth%.*} -le ${limit%.*} ]] || fail "at most $limit waiting webhooks" "${depth:-no reading}"
  [[ $(value schema_migrations_missing) == 0 ]] || fail 'every migration' "$(value schema_migrations_missing) missing"
  versions+=("$(grep -oE '^tender_build_info\{version="[^"]*"' <<<"$BODY" | cut -d'"' -f2)")
  ok "$depth waiting, $(value webhook_dead) dead"
done
if ((${#versions[@]} > 0)); then
  step 'every process runs the same version'
  [[ $(printf '%s\n' "${versions[@]}" | sort -u | wc -l) -eq 1 ]] || fail 'one version' "${versions[*]}"
  ok "${versions[0]}"
fi

if [[ -n $prometheus_url ]]; then
  step 'Prometheus has the alert rules'
  send "$prometheus_url/api/v1/rules?type=alert"
  expect_status 200
  for alert in PaymentGatewayUnavailable HighPaymentFailureRate WebhookProcessingBacklog HighGatewayLatency; do
    grep -q "\"name\":\"$alert\"" <<<"$BODY" || fail "$alert" 'no such rule'
  done
  firing=$(grep -oE '"state":"firing","name":"[A-Za-z]+"' <<<"$BODY" | cut -d'"' -f8 | paste -sd, - || true)
  ok "${firing:+firing: $firing}"
  for job in payment-api payment-webhook-worker; do
    step "Prometheus reaches $job"
    send -G --data-urlencode "query=sum(up{job=\"$job\"})" "$prometheus_url/api/v1/query"
    up=$(grep -oE '"value":\[[0-9.]+,"[0-9]+"' <<<"$BODY" | cut -d'"' -f4 || true)
    [[ ${up:-0} -gt 0 ]] || fail 'at least one' "${up:-none}"
    ok "$up"
  done
fi
