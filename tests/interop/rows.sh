# What the interop scripts share; sourced. Keeps its files in $work, counts into $passed and $failed, and ends the servers
# that it started when the script ends.
work=$(mktemp -d)
servers=()
passed=0 failed=0

cleanup() {
  local pid
  for pid in ${servers[@]+"${servers[@]}"}; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT

# serve NAME PATTERN COMMAND...: starts a server and sets `port` to what the sed PATTERN finds in its output.
serve() {
  local name=$1 pattern=$2 i
  shift 2
  : >"$work/$name.log"   # there before anybody looks for a line
  "$@" >"$work/$name.log" 2>&1 &
  servers+=($!)
  for ((i = 0; i < 300; ++i)); do
    port=$(sed -n "s/.*$pattern.*/\1/p" "$work/$name.log" | head -n 1)
    [ -z "$port" ] || return 0
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  printf 'the server %s did not start:\n' "$name"
  cat "$work/$name.log"
  exit 1
}

# row CLIENT SERVER CASE COMMAND...
row() {
  local client=$1 server=$2 name=$3 result=ok status=0
  shift 3
  timeout --kill-after=5 60 "$@" --test_case="$name" >"$work/case.log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) result="FAILED ($status)"; fi
  printf '%-9s -> %-12s  %-28s %s\n' "$client" "$server" "$name" "$result"
  [ "$status" = 0 ] || sed 's/^/    /' "$work/case.log" | tail -n 20
}

# retry_rows SERVER PORT: our retries against a server that is unavailable twice.
retry_rows() {
  local name
  for name in idempotent_thrice stream_thrice unsafe_once; do
    row cpp-lite "$1" "$name" "$bin/cpp_lite_retry_client" --server_port="$2"
  done
}
