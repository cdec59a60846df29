#!/usr/bin/env bash
# retry_cost.sh BIN_DIR: instructions of a unary call with the retry engine on and off, by callgrind. Whole calls, client and
# server in one thread; the difference of two numbers of calls leaves the beginning and the end out.
set -euo pipefail
program=$1/retry_cost
few=1000 many=3000

instructions() {  # on|off CALLS
  local report
  report=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1) ||
    { printf '%s\n' "$report" >&2; exit 1; }
  sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' <<<"$report"
}

per_call() { echo $((($(instructions "$1" $many) - $(instructions "$1" $few)) / (many - few))); }

off=$(per_call off)
on=$(per_call on)
awk -v on="$on" -v off="$off" \
  'BEGIN { printf "%d instructions per call with retries, %d without: %+.2f %%\n", on, off, (on - off) * 100 / off }'
