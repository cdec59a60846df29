#!/usr/bin/env bash
# run.sh CASE [NAME]: the examples as their users run them. BIN is the folder of the programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
work=$(mktemp -d)
server=
database=

fail() { printf '%s\n' "$*"; exit 1; }
skip() { printf 'SKIP: %s\n' "$*"; exit 77; }
stop() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  [ -z "$database" ] || { kill -INT "$database" && wait "$database"; } 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

# start PROGRAM [arguments...]: sets `server` and `port`, which the program tells in its first line.
start() {
  local line
  rm -f "$work/said"
  mkfifo "$work/said"
  "$@" >"$work/said" 2>"$work/log" &
  server=$!
  exec {said}<"$work/said"
  read -r -t 60 line <&"$said" || fail "$1 said nothing: $(cat "$work/log")"
  port=${line##*[: ]}
  [[ $port =~ ^[0-9]+$ ]] || fail "$1 told no port: $line"
}

# The server ends with 0 when it is asked to, soon.
stop_cleanly() {
  local ended=0
  kill -TERM "$server"
  timeout 60 tail --pid="$server" -s 0.05 -f /dev/null || kill -KILL "$server"
  wait "$server" || ended=$?
  server=
  [ "$ended" = 0 ] || fail "the server ended with $ended: $(cat "$work/log")"
}

# wait_until COMMAND...: that it succeeds; or the database has ended.
wait_until() {
  for _ in {1..600}; do
    ! "$@" || return 0
    kill -0 "$database" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

# payments STORE [WARNING]: on that store all is as it should be; what is not promised the server says in its second line.
payments() {
  local more
  start "$BIN/payments_server" --port=0 --store="$1"
  timeout 120 "$BIN/payments_calls" --target="127.0.0.1:$port" >"$work/out"
  cat "$work/out"
  [ "$(grep -c ^PaymentChat "$work/out")" = 2 ] || fail "two answers were expected"
  stop_cleanly
  more=$(cat <&"$said")
  if [ $# = 1 ]; then [ -z "$more" ]; else [[ $more == *"$2"* ]]; fi || fail "the server also said: $more"
}

payments_memory() { payments memory 'keys and charges are in memory, and end with it'; }
payments_sqlite() { payments "sqlite:$work/payments.db"; }

payments_redis() {
  local at log=$work/redis.log
  command -v redis-server >/dev/null || skip "Redis is not installed (redis-server)"
  for _ in {1..20}; do
    at=$((20000 + RANDOM % 10000))
    redis-server --bind 127.0.0.1 --port $at --save '' --dir "$work" >"$log" 2>&1 &
    database=$!
    ! wait_until grep -qs 'Ready to accept' "$log" || break
  done
  payments "redis://127.0.0.1:$at" 'keys are in Redis, which may forget them'
}

# The server refuses to be run by root.
payments_postgresql() {
  local programs as=()
  programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
  [ -x "$programs/initdb" ] || skip "PostgreSQL's server is not installed (postgresql)"
  [ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  mkdir "$work/database"
  [ "$(id -u)" != 0 ] || { chmod 711 "$work"; chown postgres "$work/database"; }
  (cd "$work/database" && "${as[@]}" "$programs/initdb" -D data -A trust -U postgres --no-sync >log)
  (cd "$work/database" && exec "${as[@]}" "$programs/postgres" -D data -k "$work/database" -h '' >>log 2>&1) &
  database=$!
  wait_until "$programs/pg_isready" -q -h "$work/database" || fail "it does not start: $(cat "$work/database/log")"
  payments "postgresql:///postgres?user=postgres&host=$work/database"
}

demo() { timeout 200 bash "$root/examples/payments/demo.sh" "$BIN"; }

users() {
  start "$BIN/users_server" --port=0 --token=sesame
  timeout 120 "$BIN/users_client" --target="127.0.0.1:$port" --token=sesame
  timeout 120 "$BIN/users_client" --target="127.0.0.1:$port" --token=sesame   # it can be repeated
  ! timeout 120 "$BIN/users_client" --target="127.0.0.1:$port" --token=wrong >"$work/out" ||
    fail "the wrong token was good enough"
  grep -q UNAUTHENTICATED "$work/out" || fail "$(cat "$work/out")"
  stop_cleanly
  grep -q 'ListUsers .*id=mine-1 OK' "$work/log" || fail "the log: $(cat "$work/log")"
}

quickstart() {
  local said
  start "$BIN/hello_server" 127.0.0.1:0
  said=$(timeout 60 "$BIN/hello_client" "127.0.0.1:$port")
  [ "$said" = 'Hello, world!' ] || fail "it said: $said"
  kill -TERM "$server"
  wait "$server" 2>/dev/null || true
  server=
  ! timeout 60 "$BIN/hello_client" "127.0.0.1:$port" 2>"$work/log" || fail "nobody answered"
  grep -q ^UNAVAILABLE "$work/log" || fail "$(cat "$work/log")"
}

tls() {
  command -v openssl >/dev/null || { echo "SKIP: the program openssl is not installed"; exit 77; }
  "$root/examples/tls/certificates.sh" "$work/certificates"
  start "$BIN/tls_server" --certificates="$work/certificates" --port=0
  timeout 60 "$BIN/tls_client" --certificates="$work/certificates" --target="localhost:$port" >"$work/out" ||
    fail "$(cat "$work/out" "$work/log")"
  cat "$work/out"
  grep -q 'Hello, spiffe://example/till-7!' "$work/out" || fail "it does not know its caller"
  grep -q 'showed no certificate, and has to' "$work/log" || fail "the log: $(cat "$work/log")"
  # Other certificates, of another authority: the server reads them when it is told to.
  "$root/examples/tls/certificates.sh" "$work/certificates"
  ! timeout 60 "$BIN/tls_client" --certificates="$work/certificates" --target="localhost:$port" >"$work/out" ||
    fail "certificates were read before it was said"
  kill -HUP "$server"
  read -r -t 60 line <&"$said"
  [ "$line" = "certificates: OK" ] || fail "the server said: $line"
  timeout 60 "$BIN/tls_client" --certificates="$work/certificates" --target="localhost:$port"
  stop_cleanly
}

# One of the programs that check themselves.
program() { timeout 120 "$BIN/$1"; }

flags() {
  local program
  for program in payments_server payments_client payments_calls users_server users_client; do
    "$BIN/$program" --help | grep -q ^usage: || fail "$program --help"
    ! "$BIN/$program" --no-such-flag=1 2>/dev/null || fail "$program takes any flag"
  done
}

# The README shows code that is compiled and run: each block behind a line <!-- PATH --> is that file, from its first line
# that is no comment.
readme() {
  local path count=0
  while read -r path; do
    awk -v marker="<!-- $path -->" '$0 == marker { found = 1; next }
      found && /^```/ { if (inside) exit; inside = 1; next }
      inside { print }' "$root/README.md" >"$work/shown"
    [ -s "$work/shown" ] || fail "README.md shows nothing of $path"
    sed '/^#.*README/d' "$root/$path" | diff -u - "$work/shown" || fail "README.md and $path differ"
    count=$((count + 1))
  done < <(sed -n 's/^<!-- \(examples\/.*\) -->$/\1/p' "$root/README.md")
  [ "$count" = 4 ] || fail "four files were expected, found $count"
}

"$@"
