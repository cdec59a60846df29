#!/usr/bin/env bash
# buf.sh BIN_DIR BUF: `buf curl` lists and calls payments_server, whose messages are of the lite runtime, with nothing but what reflection
# tells, over HTTP/2 without TLS. (It has no word for describing.)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd)
tool=("$2" curl --protocol=grpc --http2-prior-knowledge)
source "$here/rows.sh"
serve payments 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0 --reflection
charge='{"customerId": "ada", "amountCents": 100, "currency": "EUR", "idempotencyKey": "buf-1"}'
service=http://127.0.0.1:$port/payments.v1.PaymentService

says '^payments.v1.PaymentService$' --list-services "http://127.0.0.1:$port"
says '^payments.v1.PaymentService/ChargeCard$' --list-methods "http://127.0.0.1:$port"
says '"transactionId": *"' --data "$charge" "$service/ChargeCard"
says '"text": *"' --data '{"text": "hello"}' "$service/PaymentChat"
says '"status": *"SERVING"' --data '{"service": "payments.v1.PaymentService"}' \
  "http://127.0.0.1:$port/grpc.health.v1.Health/Check"
