#!/usr/bin/env bash
# run.sh BIN_DIR: the Connect conformance suite against the adapters there, both ways. All cases of suite and configuration
# have to run and to pass; nothing is known to fail.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../go.sh"
bin=$(cd "$1" && pwd)
"$here/prepare.sh" >/dev/null

# run MODE EXPECTED: our program for that mode, against the suite's own peers and grpc-go's.
run() {
  local mode=$1 expected=$2 status=0 counts
  local log=$bin/../conformance-$mode.log
  timeout --kill-after=10 900 "$go_bin/connectconformance" --mode "$mode" --conf "$here/grpc.yaml" --trace \
    -- "$bin/cpp_lite_conformance_$mode" >"$log" 2>&1 || status=$?
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1) || counts="no count"
  printf '%-6s  %s of %s expected\n' "$mode" "$counts" "$expected"
  [ "$status" = 0 ] && [ "$counts" = "$expected passed, 0 failed" ] && return 0
  printf 'exit code %s; the last lines of %s:\n' "$status" "$log"
  tail -n 60 "$log"
  return 1
}

failed=0
run server 566 || failed=1
run client 634 || failed=1
exit "$failed"
