#!/usr/bin/env bash
# buf.sh BIN_DIR BUF: `buf curl` lists and calls payments_server, whose messages are of the lite runtime, with nothing but what reflection
# tells, over HTTP/2 without TLS. (It has no word for describing.)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd)
buf=$2
source "$here/rows.sh"
serve payments 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0 --reflection
charge='{"customerId": "ada", "amountCents": 100, "currency": "EUR", "idempotencyKey": "buf-1"}'
service=http://127.0.0.1:$port/payments.v1.PaymentService

# says PATTERN ARGUMENTS...: buf curl succeeds and prints a line like that.
says() {
  local pattern=$1 said status=0
  shift
  said=$(timeout 60 "$buf" curl --protocol=grpc --http2-prior-knowledge "$@" 2>&1) || status=$?
  if [ "$status" = 0 ] && grep -q -- "$pattern" <<<"$said"; then printf 'ok  %s\n' "$pattern"; return; fi
  printf 'buf curl %s (%s) did not say "%s":\n%s\n' "$*" "$status" "$pattern" "$said"
  exit 1
}
says '^payments.v1.PaymentService$' --list-services "http://127.0.0.1:$port"
says '^payments.v1.PaymentService/ChargeCard$' --list-methods "http://127.0.0.1:$port"
says '"transactionId": *"' --data "$charge" "$service/ChargeCard"
says '"text": *"' --data '{"text": "hello"}' "$service/PaymentChat"
says '"status": *"SERVING"' --data '{"service": "payments.v1.PaymentService"}' \
  "http://127.0.0.1:$port/grpc.health.v1.Health/Check"
