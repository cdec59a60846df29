#!/usr/bin/env bash
# replies.sh BIN_DIR: the load generator looks at every kind of reply of our server, on a loop, on threads and over TLS; and our client
# at those to a few calls.
set -euo pipefail
bin=$1
server=
trap '[ -z "$server" ] || kill "$server"' EXIT
with_server() {  # flags of the server -- command, which is given the port
  local flags=() line port
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  coproc SERVED { exec "$bin/cpp_lite_bench_server" "${flags[@]}"; }
  server=$SERVED_PID
  read -r line <&"${SERVED[0]}"
  port=${line##*:}
  "$@" --port="$port"
  kill "$server"
  wait "$server"
  server=
}

with_server -- "$bin/bench_load" --do=check
with_server --loops=2 --run-on=threads --threads=2 -- "$bin/bench_load" --do=check
with_server -- "$bin/cpp_lite_bench_client" --calls=20 --outstanding=4
with_server -- "$bin/cpp_lite_bench_client" --calls=20 --outstanding=4 --lockstep
with_server -- "$bin/cpp_lite_bench_client" --calls=20 --how=get
if ldd "$bin/bench_load" | grep -q libssl; then
  with_server --tls -- "$bin/bench_load" --do=check --tls
fi
