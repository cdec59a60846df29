#!/usr/bin/env bash
# demo.sh BIN_DIR: starts payments_server on a free loopback port, runs payments_client against it, stops it. Exits
# with 0 when every step came as expected and the server ended cleanly.
set -euo pipefail
bin=${1:?usage: demo.sh BIN_DIR}
work=$(mktemp -d)
server=

stop() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

mkfifo "$work/said"
"$bin/payments_server" --port=0 >"$work/said" &
server=$!
exec {said}<"$work/said"
read -r -t 20 line <&"$said" || { echo "payments_server said nothing"; exit 1; }
address=${line#listening on }
echo "payments_server (pid $server) is listening on $address"
echo
status=0
timeout 60 "$bin/payments_client" --target="$address" || status=$?
echo

kill -TERM "$server"
timeout 20 tail --pid="$server" -s 0.05 -f /dev/null || kill -KILL "$server"
ended=0
wait "$server" || ended=$?
server=
[ "$ended" = 0 ] || { echo "payments_server ended with $ended"; status=1; }
[ "$status" != 0 ] || echo "payments_server stopped cleanly on SIGTERM"
exit "$status"
