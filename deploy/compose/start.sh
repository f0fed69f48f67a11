#!/usr/bin/env bash
# Makes the secrets that are missing, and starts everything with Docker Compose.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: deploy/compose/start.sh [--secrets-only] [--help]

Makes what is missing in deploy/compose/secrets: passwords, tokens, and certificates of an authority of its own for
PostgreSQL, Redis and nginx. What is there is kept, so put your own certificate for payments.company.com to
secrets/nginx_certificate and secrets/nginx_key, and your addresses to secrets/slack_webhook_url and
secrets/pagerduty_routing_key. Gateway credentials belong into deploy/compose/settings.env. Then it runs
"docker compose up -d --build".

  --secrets-only   make the secrets and start nothing, for docker stack deploy
  --help           this text
HELP
}

only_secrets=false
while (($# > 0)); do
  case $1 in
    --secrets-only) only_secrets=true ;;
    --help | -h) usage && exit 0 ;;
    *) printf 'Unknown option: %s\nTry %s --help.\n' "$1" "$0" >&2 && exit 64 ;;
  esac
  shift
done

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
secrets=${COMPOSE_SECRETS:-$here/secrets}
umask 077
mkdir -p "$secrets"
settings=${COMPOSE_SETTINGS:-$here/settings.env}
[[ -e $settings ]] || printf '# Gateway credentials and other settings: NAME=value.\n' >"$settings"

# Writes standard input to a secret that is not there yet: keep NAME.
keep() {
  local file=$secrets/$1
  if [[ -s $file ]]; then cat >/dev/null; else cat >"$file.new" && mv "$file.new" "$file"; fi
  # Containers run as other users than the one who owns the file; the folder is closed to everybody else.
  chmod 644 "$file"
}
random() { openssl rand -hex 24; }
read_secret() { cat "$secrets/$1"; }

for name in postgres_password payment_owner_password payment_service_password redis_password grafana_password; do
  random | keep "$name"
done
openssl rand -base64 36 | keep audit_key
openssl rand -base64 36 | keep admin_token
printf 'postgresql://payment_service:%s@postgres:5432/payments?sslmode=verify-full' \
  "$(read_secret payment_service_password)" | keep database_url
printf 'postgresql://payment_owner:%s@postgres:5432/payments?sslmode=verify-full' \
  "$(read_secret payment_owner_password)" | keep database_migration_url
printf 'rediss://:%s@redis:6379/0' "$(read_secret redis_password)" | keep redis_url
# They fail loudly, in Alertmanager's log, until they are replaced.
printf 'https://slack.invalid/set-me' | keep slack_webhook_url
printf 'set-me' | keep pagerduty_routing_key

if [[ ! -s $secrets/authority ]]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=payments authority' \
    -addext 'basicConstraints=critical,CA:TRUE' -keyout "$secrets/authority_key" -out "$secrets/authority" 2>/dev/null
  chmod 644 "$secrets/authority"
fi

# Certifies a server of the given name: certify NAME HOST.
certify() {
  [[ ! -s $secrets/$1_certificate || ! -s $secrets/$1_key ]] || return 0
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$secrets/$1_key" -out "$secrets/$1.csr" 2>/dev/null
  openssl x509 -req -in "$secrets/$1.csr" -CA "$secrets/authority" -CAkey "$secrets/authority_key" -CAcreateserial \
    -days 825 -extfile <(printf 'subjectAltName=DNS:%s' "$2") -out "$secrets/$1_certificate" 2>/dev/null
  rm "$secrets/$1.csr"
  chmod 644 "$secrets/$1_certificate" "$secrets/$1_key"
}
certify postgres postgres
certify redis redis
certify nginx payments.company.com

printf 'The secrets are in %s.\n' "$secrets"
if [[ $only_secrets == true ]]; then exit 0; fi
exec docker compose -p payments -f "$here/compose.yaml" -f "$here/compose.local.yaml" up -d --build
