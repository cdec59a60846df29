# Words for the public suites that are Go programs; sourced. Programs go to build/go/bin.
go_bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/go/bin

# lacks_go VERSION: prints why Go cannot be used, if it cannot.
lacks_go() {
  local have
  command -v go >/dev/null || { echo "needs Go $1, which is not installed (https://go.dev/dl)"; return 0; }
  have=$(GOTOOLCHAIN=local go env GOVERSION)
  [ "$(printf '%s\n' "${have#go}" "$1" | sort -V | head -n 1)" = "$1" ] || echo "needs Go $1, found ${have:-an old one}"
}

# Ends the script as skipped where Go is missing.
need_go() {
  local reason
  reason=$(lacks_go "$1")
  [ -z "$reason" ] || { echo "SKIP: $reason" >&2; exit 77; }
}

# go_install PACKAGE@VERSION [NAME]: as the program NAME.
go_install() {
  local package=${1%@*} version=${1##*@} name=${2:-}
  local program=${package##*/}
  echo "installing $package $version" >&2
  mkdir -p "$go_bin"
  if [ -z "$name" ]; then GOTOOLCHAIN=local GOBIN=$go_bin go install "$1" >&2; return; fi
  GOTOOLCHAIN=local GOBIN=$go_bin/new go install "$1" >&2
  mv "$go_bin/new/$program" "$go_bin/$name"
  rmdir "$go_bin/new"
}
