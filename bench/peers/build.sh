#!/usr/bin/env bash
# build.sh FOLDER: the servers of tonic and grpc-go into FOLDER/bin, where cargo and Go are installed; what is missing is said and left
# out.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1
mkdir -p "$out/bin"

# Whether it is there, and newer than all that it is made of.
fresh() {
  [ -x "$out/bin/$1" ] && [ -z "$(find "$2" "$here/../payments.proto" -type f -newer "$out/bin/$1")" ]
}

go_server() {
  command -v go >/dev/null || { echo "no grpc-go: Go is not installed"; return 0; }
  local sources=$out/go plugins=$out/go-plugins
  ! fresh go_bench_server "$here/go" || return 0
  mkdir -p "$sources/payments" "$plugins"
  cp "$here"/go/* "$sources"
  (cd "$sources" && export GOTOOLCHAIN=local GOFLAGS=-mod=mod &&
    GOBIN=$plugins go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11 &&
    GOBIN=$plugins go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.0 &&
    PATH=$plugins:$PATH protoc -I"$here/../" --go_out=payments --go_opt=paths=source_relative,Mpayments.proto=bench/payments \
      --go-grpc_out=payments --go-grpc_opt=paths=source_relative,Mpayments.proto=bench/payments payments.proto &&
    go build -buildvcs=false -o "$out/bin/go_bench_server" .) >"$out/go.log" 2>&1 ||
    { echo "no grpc-go: it does not build, see $out/go.log"; return 0; }
}

tonic_server() {
  command -v cargo >/dev/null || { echo "no tonic: cargo is not installed"; return 0; }
  ! fresh tonic_bench_server "$here/tonic" || return 0
  PAYMENTS_PROTO=$here/../payments.proto PROTOC=$(command -v protoc) \
    cargo build --release --locked --manifest-path "$here/tonic/Cargo.toml" --target-dir "$out/tonic" >"$out/tonic.log" 2>&1 ||
    { echo "no tonic: it does not build, see $out/tonic.log"; return 0; }
  cp "$out/tonic/release/tonic_bench_server" "$out/bin"
}

go_server
tonic_server
