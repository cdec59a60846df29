#!/usr/bin/env bash
# suite.sh NAME BIN_DIR: a public suite (conformance, h2spec, interop) against our programs in BIN_DIR. Exit code 77: skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/go.sh"
if [ "$1" = conformance ]; then
  reason=$(lacks_go 1.24)
  [ -n "$reason" ] || [ -x "$2/cpp_lite_conformance_server" ] ||
    reason="the programs are not built; ./dev test and ./dev conformance do that"
  [ -z "$reason" ] || { echo "SKIP: conformance: $reason"; exit 77; }
fi
exec bash "$here/$1/run.sh" "$2"
