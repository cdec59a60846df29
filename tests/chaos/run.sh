#!/usr/bin/env bash
# run.sh BIN_DIR: three servers, of which one is frozen (SIGSTOP), one killed meanwhile, and one drained, while two clients make
# CHAOS_RATE (100) calls a second each for CHAOS_SECONDS (60). One is set up for that: least_request, attempts of 200 ms, ejection of outliers,
# and the built-in budget of repetitions (10, a tenth of the calls, and one a second); the other one has round_robin and the defaults.
# Exit code 1: the first one lost an idempotent call, or an unsafe call of either took effect twice, or not at all though it was answered.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../interop/rows.sh"
program=$(cd "$1" && pwd)/cpp_lite_chaos
seconds=${CHAOS_SECONDS:-60}
declare -A pids ports

# start NAME: a server; again on the port that it had.
start() {
  serve "$1" 'listening on 127.0.0.1:\([0-9]*\)' "$program" --serve="${ports[$1]:-0}" --effects="$work/effects-$1"
  pids[$1]=${servers[-1]}
  ports[$1]=$port
}

# at PER_CENT WORDS COMMAND...: when so much of the time has passed.
at() {
  local wait
  wait=$(awk -v a="$began" -v now="$(date +%s.%N)" -v s="$seconds" -v p="$1" 'BEGIN { w = a + s * p / 100 - now; print (w > 0 ? w : 0) }')
  sleep "$wait"
  printf '%3d %%  %s\n' "$1" "$2"
  "${@:3}"
}

end_of() { wait "${pids[$1]}" 2>/dev/null || true; }
kill_it() { kill -KILL "${pids[$1]}" && end_of "$1"; }
drain() { kill -TERM "${pids[$1]}" && end_of "$1"; }

for name in one two three; do start "$name"; done
target=ipv4:127.0.0.1:${ports[one]},127.0.0.1:${ports[two]},127.0.0.1:${ports[three]}
"$program" --target="$target" --seconds="$seconds" --rate="${CHAOS_RATE:-100}" --answered="$work/answered" >"$work/table" 2>&1 &
client=$!
servers+=("$client")
began=$(date +%s.%N)
at 15 'server one is frozen' kill -STOP "${pids[one]}"
at 25 'server two is killed' kill_it two
at 40 'server two is there again' start two
at 50 'server one goes on' kill -CONT "${pids[one]}"
at 60 'server three is drained' drain three
at 75 'server three is there again' start three
status=0
wait "$client" || status=$?
cat "$work/table"

sort "$work"/effects-* >"$work/effects"
sort "$work/answered" >"$work/answered.sorted"
twice=$(uniq -d "$work/effects" | wc -l)
lost=$(comm -13 "$work/effects" "$work/answered.sorted" | wc -l)
printf 'unsafe calls: %d effects, %d of them twice; %d answered, %d of them without an effect\n' \
  "$(wc -l <"$work/effects")" "$twice" "$(wc -l <"$work/answered.sorted")" "$lost"
[ "$status" = 0 ] && [ "$twice" = 0 ] && [ "$lost" = 0 ]
