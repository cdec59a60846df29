#!/usr/bin/env bash
# demo.sh BIN_DIR [ORDERS]: payments_server on SQLite. First payments_client calls it in every way; then a thousand orders are
# charged through a network that loses, delays and duplicates, while the server is killed and started again. Exits with 0 when every
# step came as expected, each order was charged once, and the server ended cleanly.
set -euo pipefail
bin=${1:?usage: demo.sh BIN_DIR [ORDERS]}
orders=${2:-1000}
work=$(mktemp -d)
server=
proxy=
store=sqlite:$work/payments.db

stop() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  [ -z "$proxy" ] || kill -KILL "$proxy" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

# start PIPE PROGRAM [arguments...]: sets `pid`, and `address`, which the program tells in its first line.
start() {
  local line said
  rm -f "$work/$1"
  mkfifo "$work/$1"
  "${@:2}" >"$work/$1" &
  pid=$!
  exec {said}<"$work/$1"
  read -r -t 20 line <&"$said" || { echo "$2 said nothing"; exit 1; }
  address=${line#listening on }
}
start_server() {
  start server "$bin/payments_server" --port="$1" --store="$store"
  server=$pid
}

start_server 0
where=$address
echo "payments_server (pid $server) is listening on $where, its keys and charges are in $store"
echo
status=0
timeout 60 "$bin/payments_client" --target="$where" || status=$?

echo
echo "$orders orders through a network that loses, delays and duplicates; the server is killed now and then"
start proxy "$bin/payments_proxy" --target="$where"
proxy=$pid
# A seventh of the orders is answered; the server is killed under the calls that are on their way; then further orders come. So a
# fast machine sees as many kills as a slow one.
mkfifo "$work/orders" "$work/go"
: >"$work/table"
timeout 300 "$bin/payments_orders" --target="$address" --server="$where" --orders="$orders" \
  --hold-every="$(((orders + 6) / 7))" >"$work/orders" <"$work/go" &
client=$!
exec {told}<"$work/orders" {go}>"$work/go"
kills=0
while IFS= read -r line <&"$told"; do
  if [[ $line != "answered "* ]]; then
    printf "%s\n" "$line" >>"$work/table"
    continue
  fi
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
  kills=$((kills + 1))
  echo >&"$go"
  start_server "${where##*:}"
done
wait "$client" || { status=1; echo "  NOT all as expected"; }
cat "$work/table"
printf '  %-34s %8d\n' "kills of the server (SIGKILL)" "$kills"
[ "$kills" -ge 3 ] || { status=1; echo "  the server was hardly killed"; }
echo

kill -TERM "$proxy" "$server"
timeout 20 tail --pid="$server" -s 0.05 -f /dev/null || kill -KILL "$server"
ended=0
wait "$server" || ended=$?
server=
[ "$ended" = 0 ] || { echo "payments_server ended with $ended"; status=1; }
[ "$status" != 0 ] || echo "payments_server stopped cleanly on SIGTERM"
exit "$status"
