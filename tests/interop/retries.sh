#!/usr/bin/env bash
# retries.sh BIN_DIR: our retries against grpcio, which needs nothing but Debian's package. Exit code 77: skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
/usr/bin/python3 -c 'import grpc' 2>/dev/null || { echo "SKIP: needs the package python3-grpcio"; exit 77; }
bin=$(cd "$1" && pwd)
source "$here/rows.sh"
serve grpcio 'listening on 127.0.0.1:\([0-9]*\)' env PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/python/flaky.py"
retry_rows grpcio "$port"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
