#!/usr/bin/env bash
# Installs the Connect conformance runner into build/go/bin (from the Go module proxy, once) and prints the CMake argument
# that says where its .proto files are. What it does goes to stderr.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../go.sh"

module=connectrpc.com/conformance version=v1.0.5
need_go 1.24
protos=$(go env GOMODCACHE)/$module@$version/proto
if ! "$go_bin/connectconformance" --version 2>/dev/null | grep -qF "$version" || [ ! -d "$protos" ]; then
  go_install "$module/cmd/connectconformance@$version"
fi
printf '%s\n' "-DCPP_LITE_CONFORMANCE_PROTOS=$protos"
