#!/usr/bin/env bash
# retry_cost.sh BIN_DIR: instructions of a unary call that succeeds at once, with the retry engine and without it, by callgrind.
# Whole calls, client and server in one thread, without the beginning and the end. Exit code 1: retries cost more than 3 %, with
# small requests, with those of 1,000 bytes, which are copied to be kept, or with those of 64 KiB, which are shared; 77: skipped.
set -euo pipefail
program=$1/retry_cost
calls=40 most=3.0

reason=
command -v valgrind >/dev/null || reason="valgrind is not installed"
[ -x "$program" ] || reason="retry_cost is not built"
[ -z "$reason" ] || { echo "SKIP: retry_cost: $reason"; exit 77; }

per_call() {  # on|off BYTES
  local report
  report=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*make_calls*' "$program" "$1" $calls "$2" 2>&1) ||
    { printf '%s\n' "$report" >&2; exit 1; }
  echo $(($(sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' <<<"$report") / calls))
}

failed=0
for bytes in 0 1000 65536; do
  off=$(per_call off "$bytes")
  on=$(per_call on "$bytes")
  awk -v on="$on" -v off="$off" -v bytes="$bytes" -v most=$most 'BEGIN {
    more = (on - off) * 100 / off
    printf "%d instructions per call with retries, %d without: %+.2f %% (%d bytes added)\n", on, off, more, bytes
    exit more > most
  }' || failed=1
done
exit $failed
