#!/usr/bin/env bash
# services.sh BIN_DIR: health and reflection of payments_server as grpcio's clients see them, whose packages are on PyPI (pip install
# grpcio-health-checking grpcio-reflection); PYTHON is an interpreter that has them. Exit code 77: skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
interpreter=${PYTHON:-/usr/bin/python3}
"$interpreter" -c 'import grpc_health.v1.health_pb2, grpc_reflection.v1alpha.reflection_pb2' 2>/dev/null ||
  { echo "SKIP: needs the Python packages grpcio-health-checking and grpcio-reflection"; exit 77; }
bin=$(cd "$1" && pwd)
source "$here/rows.sh"
serve payments 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0 --reflection
PYTHONDONTWRITEBYTECODE=1 timeout 120 "$interpreter" "$here/python/services.py" --server_port="$port" --pid="${servers[0]}"
wait "${servers[0]}" || { echo "the server ended with $?"; exit 1; }
