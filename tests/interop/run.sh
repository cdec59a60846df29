#!/usr/bin/env bash
# run.sh BIN_DIR: our interop client and server there against grpc-go's, plain and over TLS, grpc-java's, and Python's grpcio (C-core), one
# row a case and "N passed, N failed" at the end; then tools that ask payments_server for its health and its descriptors. Servers listen
# on free ports and are ended with this script; a case has a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../go.sh"
source "$here/rows.sh"
source "$here/java.sh"
bin=$(cd "$1" && pwd)
wide=(metadata status_details deadline_reaches_server deadline_on_unary deadline_on_stream cancel_unary cancel_stream
      gzip_unary gzip_streaming limit_reached limit_exceeded gzip_limit_exceeded)

with_go() {
  local ours_port=$1
  go_install_peers
  go_rows grpc-go cpp-lite "$go_bin/grpc_interop_client" "$ours_port"
  serve_go grpc-go
  go_rows cpp-lite grpc-go "$bin/cpp_lite_interop_client" "$port"
  serve grpc-go-flaky 'listening on 127.0.0.1:\([0-9]*\)' "$go_bin/grpc_go_flaky_server"
  retry_rows grpc-go "$port"
}

with_go_over_tls() {
  local keys=$work/certificates
  local client=(--use_tls=true --use_test_ca=true --ca_file="$keys/ca.pem" --server_host_override=localhost)
  local server=(--use_tls=true --tls_cert_file="$keys/server.pem" --tls_key_file="$keys/server.key")
  "$here/../../examples/tls/certificates.sh" "$keys"
  serve cpp-lite-tls 'listening on 127.0.0.1:\([0-9]*\)' "$bin/cpp_lite_interop_server" --port=0 "${server[@]}"
  go_rows grpc-go cpp-lite+tls "$go_bin/grpc_interop_client" "$port" "${client[@]}"
  serve_go grpc-go-tls "${server[@]}"
  go_rows cpp-lite grpc-go+tls "$bin/cpp_lite_interop_client" "$port" "${client[@]}"
}

serve_go() {
  local name=$1
  shift
  GRPC_GO_LOG_SEVERITY_LEVEL=info serve "$name" 'interop server listening on .*:\([0-9]*\)' \
    "$go_bin/grpc_interop_server" --port=0 "$@"
}

# go_rows CLIENT SERVER PROGRAM PORT [flags...]: the core cases, by the client's program.
go_rows() {
  local name client=$1 server=$2 program=$3 port=$4
  shift 4
  for name in "${core[@]}"; do
    row "$client" "$server" "$name" "$program" --server_host=127.0.0.1 --server_port="$port" "$@"
  done
}

go_install_peers() {
  local side
  for side in client server; do
    [ -x "$go_bin/grpc_interop_$side" ] ||
      go_install "google.golang.org/grpc/interop/$side@v1.83.1" "grpc_interop_$side"
  done
  [ "$go_bin/grpc_go_flaky_server" -nt "$here/go/main.go" ] ||
    GOTOOLCHAIN=local go build -C "$here/go" -buildvcs=false -o "$go_bin/grpc_go_flaky_server" .
}

with_python() {
  local name ours_port=$1 relay
  grpcio_stubs
  for name in $("${python[@]}" "$here/python/client.py" --list); do
    row grpcio cpp-lite "$name" "${python[@]}" "$here/python/client.py" --server_port="$ours_port"
  done
  serve grpcio 'listening on .*:\([0-9]*\), relay' "${python[@]}" "$here/python/server.py"
  relay=$(sed -n 's/.*relay \([0-9]*\).*/\1/p' "$work/grpcio.log")
  for name in "${core[@]}" "${wide[@]}"; do
    row cpp-lite grpcio "$name" "$bin/cpp_lite_interop_client" --server_host=127.0.0.1 --server_port="$relay"
  done
  serve grpcio-flaky 'listening on 127.0.0.1:\([0-9]*\)' "${python[@]}" "$here/python/flaky.py"
  retry_rows grpcio "$port"
}

# scripted NAME PEER COMMAND...: a script that checks our server with a tool, as one row; exit code 77: skipped.
scripted() {
  local name=$1 peer=$2 status=0 result=ok
  shift 2
  "$@" >"$work/case.log" 2>&1 || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) printf 'SKIPPED: %s %s: %s\n' "$peer" "$name" "$(cat "$work/case.log")"; return ;;
    *) failed=$((failed + 1)) result="FAILED ($status)" ;;
  esac
  printf '%-9s -> %-9s  %-28s %s\n' "$peer" cpp-lite "$name" "$result"
  [ "$status" = 0 ] || sed 's/^/    /' "$work/case.log" | tail -n 20
}

with_grpcurl() {
  [ -x "$go_bin/grpcurl" ] || go_install "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"
  scripted reflection grpcurl bash "$here/grpcurl.sh" "$bin" "$go_bin/grpcurl"
}

# Into build/npm.
with_buf() {
  local home
  home=$here/../../build/npm
  command -v npm >/dev/null || { echo 'SKIPPED: buf: comes from npm, which is not installed'; return; }
  [ -x "$home/node_modules/.bin/buf" ] ||
    npm install --prefix "$home" --no-audit --no-fund @bufbuild/buf@1.75.0 >"$work/npm.log" 2>&1 ||
    { printf 'SKIPPED: buf: npm install failed: %s\n' "$(tail -n 1 "$work/npm.log")"; return; }
  scripted reflection buf bash "$here/buf.sh" "$bin" "$home/node_modules/.bin/buf"
}

serve cpp-lite 'listening on 127.0.0.1:\([0-9]*\)' "$bin/cpp_lite_interop_server" --port=0
ours_port=$port
reason=$(lacks_go 1.25)
if [ -z "$reason" ]; then
  with_go "$ours_port"
  with_go_over_tls
  with_grpcurl
else
  printf 'SKIPPED: grpc-go %s\n' "$reason"
fi
reason=$(lacks_java)
if [ -z "$reason" ]; then with_java; else printf 'SKIPPED: grpc-java %s\n' "$reason"; fi
with_python "$ours_port"
with_buf
scripted health_and_reflection grpcio bash "$here/services.sh" "$bin"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
