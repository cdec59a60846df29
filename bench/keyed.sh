#!/usr/bin/env bash
# keyed.sh BIN_DIR [CALLS]: what a key costs a call, with each store that is built and at hand, with 1 and with 100 calls outstanding:
# calls per second, and how many times as many as one at a time; commits and fsyncs per call; microseconds of the server's CPU per
# call, and how many of them the key costs. FOLDER: where databases are put, a real disk (default: the present folder).
set -euo pipefail
program=$1/keyed_throughput calls=${2:-20000}
[ -x "$program" ] || { echo "keyed_throughput is not built" >&2; exit 1; }
work=$(cd "${FOLDER:-.}" && mktemp -d "$PWD/bench-keyed-XXXXXX")
sockets=$(mktemp -d /tmp/bench-keyed-XXXXXX)   # a short path wherever FOLDER is
servers=()
cleanup() {
  local server
  for server in "${servers[@]}"; do kill -INT "$server" 2>/dev/null && wait "$server" || true; done
  rm -rf "$work" "$sockets"
}
trap cleanup EXIT

wait_until() { for _ in $(seq 200); do ! "$@" >/dev/null 2>&1 || return 0; sleep 0.05; done; return 1; }

stores=(none memory "sqlite:$work/keys.db")

# Not durable, as the store says.
if command -v redis-server >/dev/null; then
  redis-server --port 0 --unixsocket "$sockets/redis" --dir "$work" --save '' --appendonly no >/dev/null &
  servers+=($!)
  wait_until test -S "$sockets/redis"
  stores+=("unix:$sockets/redis")
fi

# Debian's, as it is configured out of the box: durable.
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi   # it refuses root
start_postgres() {
  mkdir "$work/postgres" "$sockets/postgres"
  if [ "$(id -u)" = 0 ]; then
    chmod 711 "$work" "$sockets"
    chown postgres "$work/postgres" "$sockets/postgres"
  fi
  "${as_user[@]}" "$postgres/initdb" -D "$work/postgres" -A trust -U postgres -E UTF8 --locale=C >"$work/initdb.log" 2>&1 || return 1
  "${as_user[@]}" "$postgres/postgres" -D "$work/postgres" -k "$sockets/postgres" -h '' >"$work/postgres.log" 2>&1 &
  servers+=($!)
  wait_until "$postgres/pg_isready" -q -h "$sockets/postgres"
}
if [ -z "$postgres" ]; then echo "PostgreSQL's server is not installed" >&2
elif start_postgres; then stores+=("postgresql:///postgres?host=$sockets/postgres&user=postgres")
else echo "PostgreSQL's server does not start in $work" >&2; fi

# Its waits for the disk so far. What a connection did is in them once that has ended.
postgres_syncs() {
  sleep 0.5
  "$postgres/psql" -h "$sockets/postgres" -U postgres -Atc 'SELECT wal_sync FROM pg_stat_wal' postgres
}

# Before the calls that are counted the program makes a tenth as many.
measure() {
  local store=$1 outstanding=$2 calls=$3 before line
  case $store in
    postgresql:*)
      before=$(postgres_syncs)
      line=$("$program" "$store" "$outstanding" "$calls")
      awk -v syncs=$(($(postgres_syncs) - before)) -v calls=$((calls + calls / 10)) '{ $5 = syncs / calls; print }' <<<"$line" ;;
    *) "$program" "$store" "$outstanding" "$calls" | sed 's/^unix /redis/' ;;
  esac
}

for outstanding in 1 100; do
  for store in "${stores[@]}"; do
    n=$calls
    [ "$outstanding" != 1 ] || n=$((calls / 10))
    measure "$store" "$outstanding" "$n"
  done
done | awk '
  BEGIN { printf "%-10s %11s %8s %6s %12s %11s %11s %11s\n", "store", "outstanding", "calls/s", "times", "commits/call", "fsyncs/call",
                 "CPU us/call", "for the key" }
  $2 == 1 { alone[$1] = $3 }
  $1 == "none" { bare = $6 }
  { printf "%-10s %11d %8.0f %6.1f %12.3f %11.3f %11.1f %11.1f\n", $1, $2, $3, $3 / alone[$1], $4, $5, $6, $6 - bare; fflush() }'
