#!/usr/bin/env bash
# compare.sh BUILD_DIR: the numbers of README.md's comparison with grpc++, for this machine and its grpc++ (Debian:
# apt-get install libgrpc++-dev protobuf-compiler-grpc). BUILD_DIR holds a finished release build of this tree:
#   cmake --preset release && cmake --build build/release && bash docs/comparison/compare.sh build/release
# Times are processor seconds, the least of five runs, so that what else the machine does counts little.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
build=$(cd "${1:?usage: compare.sh BUILD_DIR}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: "${CXX:=g++}"

command -v grpc_cpp_plugin >/dev/null || { echo "grpc_cpp_plugin is not installed"; exit 1; }
cmake --install "$build" --prefix "$work/prefix" >/dev/null
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
protoc -I"$root/testdata" -I"$root/runtime/proto" --cpp_out="$work" --cpp-lite_out="$work" --grpc_out="$work" \
  --plugin="$work/prefix/bin/protoc-gen-cpp-lite" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" \
  "$root/testdata/payments/v1/payments.proto"
flags=(-std=c++20 -I"$work" $(pkg-config --cflags cpp-lite cpp-lite-options grpc++ protobuf))
cd "$work"

lines() { cat "payments/v1/payments.$1.h" "payments/v1/payments.$1.cc" | wc -l; }
preprocessed() { printf '#include "payments/v1/payments.%s"\n' "$1" | "$CXX" "${flags[@]}" -E -P -x c++ - | wc -l; }
# seconds ARGUMENTS...: of the compiler.
seconds() {
  local TIMEFORMAT=%U least=999 took i
  for i in 1 2 3 4 5; do
    took=$( { time "$CXX" "${flags[@]}" "$@" -c -o timed.o; } 2>&1)
    least=$(printf '%s\n%s\n' "$least" "$took" | sort -n | head -n 1)
  done
  echo "$least"
}
row() { printf '%-52s %12s %12s\n' "$@"; }

bare=$(preprocessed pb.h)
echo "$("$CXX" --version | head -n 1); grpc++ $(pkg-config --modversion grpc++); protobuf $(pkg-config --modversion protobuf)"
row "" cpp-lite grpc++
row "generated lines for payments.proto" "$(lines lite)" "$(lines grpc.pb)"
row "preprocessed lines over the .pb.h ($bare)" $(($(preprocessed lite.h) - bare)) $(($(preprocessed grpc.pb.h) - bare))
row "compiling a client file, -O0 (s)" "$(seconds -O0 "$here/client_lite.cc")" "$(seconds -O0 "$here/client_grpc.cc")"
row "compiling a client file, -O2 (s)" "$(seconds -O2 "$here/client_lite.cc")" "$(seconds -O2 "$here/client_grpc.cc")"
row "compiling the generated service, -O2 (s)" "$(seconds -O2 payments/v1/payments.lite.cc)" \
  "$(seconds -O2 payments/v1/payments.grpc.pb.cc)"

messages=payments/v1/payments.pb.cc
"$CXX" "${flags[@]}" "$here/client_lite.cc" payments/v1/payments.lite.cc $messages -o client_lite \
  $(pkg-config --libs cpp-lite cpp-lite-options)
"$CXX" "${flags[@]}" -I"$work/prefix/include" "$here/client_grpc.cc" payments/v1/payments.grpc.pb.cc $messages -o client_grpc \
  -L"$work/prefix/lib" -lcpp_lite_options $(pkg-config --libs grpc++ protobuf)
libraries() { ldd "$1" | grep -v linux-vdso | awk '{print $1}'; }
row "shared libraries that the client loads (ldd)" "$(libraries ./client_lite | wc -l)" "$(libraries ./client_grpc | wc -l)"
size() { ldd "$1" | awk '$3 ~ /^\// {print $3}' | xargs -n1 readlink -f | xargs stat -c %s | awk '{s += $1} END {printf "%.1f", s / 1e6}'; }
row "their size (MB)" "$(size ./client_lite)" "$(size ./client_grpc)"
strip -o stripped_lite client_lite && strip -o stripped_grpc client_grpc
row "the stripped client itself (MB)" "$(stat -c %s stripped_lite | awk '{printf "%.2f", $1 / 1e6}')" \
  "$(stat -c %s stripped_grpc | awk '{printf "%.2f", $1 / 1e6}')"
