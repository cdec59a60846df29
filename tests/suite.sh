#!/usr/bin/env bash
# suite.sh NAME BIN_DIR: a public suite (conformance, interop) against our programs in BIN_DIR. They are Go programs.
set -euo pipefail
command -v go >/dev/null || { echo "SKIP: $1 needs Go, which is not installed (https://go.dev/dl)"; exit 77; }
exec bash "$(dirname "${BASH_SOURCE[0]}")/$1/run.sh" "$2"
