# What the interop scripts share; sourced. Keeps its files in $work, counts into $passed and $failed, and ends the servers
# that it started when the script ends.
work=$(mktemp -d)
servers=()
passed=0 failed=0
# What every implementation of gRPC has.
core=(empty_unary large_unary client_streaming server_streaming ping_pong empty_stream custom_metadata
      status_code_and_message special_status_message unimplemented_method unimplemented_service cancel_after_begin
      cancel_after_first_response timeout_on_sleeping_server)

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

# For servers that do not say where they listen.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# row CLIENT SERVER CASE COMMAND...
row() {
  local client=$1 server=$2 name=$3 result=ok status=0
  shift 3
  timeout --kill-after=5 60 "$@" --test_case="$name" >"$work/case.log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) result="FAILED ($status)"; fi
  printf '%-9s -> %-16s  %-28s %s\n' "$client" "$server" "$name" "$result"
  [ "$status" = 0 ] || sed 's/^/    /' "$work/case.log" | tail -n 20
}

# retry_rows SERVER PORT: our retries against a server that is unavailable twice.
retry_rows() {
  local name
  for name in idempotent_thrice stream_thrice unsafe_once; do
    row cpp-lite "$1" "$name" "$bin/cpp_lite_retry_client" --server_port="$2"
  done
}

# says PATTERN ARGUMENTS...: "${tool[@]}" succeeds with these arguments and prints a line like that.
says() {
  local pattern=$1 said status=0
  shift
  said=$(timeout 60 "${tool[@]}" "$@" 2>&1) || status=$?
  if [ "$status" = 0 ] && grep -q -- "$pattern" <<<"$said"; then printf 'ok  %s\n' "$pattern"; return; fi
  printf '%s %s (%s) did not say "%s":\n%s\n' "${tool[0]##*/}" "$*" "$status" "$pattern" "$said"
  exit 1
}

# Debian's own interpreter, because grpcio comes with it.
python=(env PYTHONDONTWRITEBYTECODE=1 INTEROP_STUBS="$work" /usr/bin/python3)
grpcio_stubs() {
  local folder
  folder=$(dirname "${BASH_SOURCE[0]}")/python
  protoc -I/usr/share/grpc-proto -I"$folder" --python_out="$work" --grpc_out="$work" \
    --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" \
    grpc/testing/empty.proto grpc/testing/messages.proto grpc/testing/test.proto status.proto
}
