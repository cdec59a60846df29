# The words of ./dev bench, which sources this: measure [keyed|endurance|handshakes|publish] [arguments...].

bench_keyed() {
  need "${packages_build[@]}" redis-server postgresql
  say "building the benchmark (release)"
  configure release build/release -DCPP_LITE_BUILD_TESTS=OFF
  build build/release keyed_throughput
  say "measuring"
  FOLDER=${FOLDER:-build} bash bench/keyed.sh "$PWD/build/release/bin" "$@"
}

# of_our_server PROGRAM SCRIPT [arguments...]: what bench/SCRIPT.py finds out with that program.
of_our_server() {
  need "${packages_build[@]}" python3 openssl
  say "building server and load generator (release)"
  configure release build/release -DCPP_LITE_UNITY=ON -DCPP_LITE_BUILD_TESTS=OFF
  build build/release cpp_lite_bench_server "$1"
  say "measuring"
  PYTHONDONTWRITEBYTECODE=1 python3 "bench/$2.py" "$PWD/build/release/bin" "${@:3}"
}

bench_endurance() { of_our_server bench_load endurance "$@"; }
bench_handshakes() { of_our_server bench_handshakes handshakes "$@"; }
bench_publish() { PYTHONDONTWRITEBYTECODE=1 python3 bench/publish.py "$@"; }

measure() {
  case ${1:-} in keyed | endurance | handshakes | publish) "bench_$1" "${@:2}"; return ;; esac
  need "${packages_build[@]}" python3 libgrpc++-dev protobuf-compiler-grpc valgrind strace binutils
  say "building servers, clients and the load generator (release)"
  configure release build/release -DCPP_LITE_UNITY=ON -DCPP_LITE_BUILD_TESTS=OFF
  build build/release cpp_lite_bench
  bash bench/peers/build.sh "$PWD/build/peers"
  say "measuring"
  PYTHONDONTWRITEBYTECODE=1 python3 bench/run.py "$PWD/build/release/bin" --peers="$PWD/build/peers/bin" "$@"
}
