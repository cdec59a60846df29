#!/usr/bin/env bash
# run.sh BIN_DIR: h2spec, strict, against payments_server, plain and over TLS. All of its cases have to run and to pass: 146 are in the
# version that the Go module proxy has. H2SPEC names another program, a later build for one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../go.sh"
source "$here/../interop/rows.sh"
[ -n "${H2SPEC:-}" ] || need_go 1.21
bin=$(cd "$1" && pwd)
h2spec=${H2SPEC:-$go_bin/h2spec}
least=146

if [ -z "${H2SPEC:-}" ] && [ ! -x "$h2spec" ]; then
  go_install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
fi

# judge NAME [h2spec arguments...]: the cases against the server on `port`.
judge() {
  local name=$1 log=$bin/../h2spec-$1.log status=0 counts cases
  shift
  timeout --kill-after=5 300 "$h2spec" --host 127.0.0.1 --port "$port" --strict --timeout 2 --path / "$@" >"$log" 2>&1 || status=$?
  counts=$(grep -E '^[0-9]+ tests, [0-9]+ passed, [0-9]+ skipped, [0-9]+ failed$' "$log" | tail -n 1) || counts='no count'
  printf '%-6s  %s\n' "$name" "$counts"
  cases=${counts%% *}
  kill -0 "${servers[-1]}" || { printf 'the server has ended\n'; return 1; }
  [ "$status" = 0 ] && [ "$counts" = "$cases tests, $cases passed, 0 skipped, 0 failed" ] && [ "$cases" -ge "$least" ] && return 0
  printf 'exit code %s; from %s:\n' "$status" "$log"
  sed -n '/^Failures/,$p' "$log" | tail -n 60
  return 1
}

wrong=0
serve payments 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0
judge plain || wrong=1
"$here/../../examples/tls/certificates.sh" "$work/certificates"
serve payments-tls 'listening on 127.0.0.1:\([0-9]*\)' "$bin/payments_server" --port=0 \
  --tls-cert="$work/certificates/server.pem" --tls-key="$work/certificates/server.key"
judge tls --tls --insecure || wrong=1
exit "$wrong"
