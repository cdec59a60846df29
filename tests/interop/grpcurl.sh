#!/usr/bin/env bash
# grpcurl.sh BIN_DIR GRPCURL: lists, describes and calls payments_server, whose messages are of the lite runtime, with nothing but what
# reflection tells.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "$1" && pwd)
tool=("$2" -plaintext)
source "$here/rows.sh"
serve payments 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0 --reflection
charge='{"customer_id": "ada", "amount_cents": 100, "currency": "EUR", "idempotency_key": "grpcurl-1"}'

for service in payments.v1.PaymentService grpc.health.v1.Health grpc.reflection.v1{,alpha}.ServerReflection; do
  says "^$service\$" "127.0.0.1:$port" list
  says "^$service is a service:" "127.0.0.1:$port" describe "$service"
done
says 'payments.v1.PaymentService.ChargeCard' "127.0.0.1:$port" list payments.v1.PaymentService
says 'string idempotency_key = ' "127.0.0.1:$port" describe payments.v1.ChargeRequest
says '"transactionId": ' -d "$charge" "127.0.0.1:$port" payments.v1.PaymentService/ChargeCard
says '"status": "SERVING"' -d '{"service": "payments.v1.PaymentService"}' "127.0.0.1:$port" grpc.health.v1.Health/Check
