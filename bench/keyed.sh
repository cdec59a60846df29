#!/usr/bin/env bash
# keyed.sh BIN_DIR [CALLS]: what a key costs a call, with each store that is built and at hand: calls per second, commits and fsyncs
# of the server per call, microseconds of its CPU per call; with 1 and with 100 calls outstanding. FOLDER: where the SQLite database
# is put, a real disk (default: the present folder). POSTGRES: the address of a database to measure, if any.
set -euo pipefail
program=$1/keyed_throughput calls=${2:-20000}
[ -x "$program" ] || { echo "keyed_throughput is not built" >&2; exit 1; }
work=$(mktemp -d "${FOLDER:-.}/bench-keyed-XXXXXX")
redis=
cleanup() { [ -z "$redis" ] || kill "$redis" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

stores=(none memory "sqlite:$work/keys.db")
if command -v redis-server >/dev/null; then
  # Not durable, as the store says; the socket is short wherever FOLDER is.
  socket=$(mktemp -u /tmp/bench-redis-XXXXXX)
  redis-server --port 0 --unixsocket "$socket" --dir "$work" --save '' --appendonly no >/dev/null &
  redis=$!
  for _ in $(seq 100); do [ ! -S "$socket" ] || break; sleep 0.05; done
  stores+=("unix:$socket")
fi
[ -z "${POSTGRES:-}" ] || stores+=("$POSTGRES")

printf '%-10s %11s %10s %12s %12s %12s\n' store outstanding calls/s commits/call fsyncs/call 'CPU us/call'
for outstanding in 1 100; do
  for store in "${stores[@]}"; do
    n=$calls
    [ "$outstanding" != 1 ] || n=$((calls / 10))
    "$program" "$store" "$outstanding" "$n" | sed 's/^unix /redis/'
  done
done
