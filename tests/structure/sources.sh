#!/usr/bin/env bash
# Prints our own hand-written C++ sources, one a line: no golden or generated output.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for room in plugin runtime tests examples fuzz bench tools; do
  [ ! -d "$room" ] || find "$room" -type f \( -name '*.h' -o -name '*.cc' \) \
    ! -name '*.lite.h' ! -name '*.lite.cc' ! -name '*.pb.h' ! -name '*.pb.cc' ! -path '*/build/*'
done | sort
