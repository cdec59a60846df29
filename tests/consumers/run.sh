#!/usr/bin/env bash
# run.sh CASE: one way to use the library from outside.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
protos=(common/v1/money.proto shop/v1/shop.proto shop/v1/stock.v1.proto)

install() {
  rm -rf "$prefix"
  cmake --install "$BUILD" --prefix "$prefix" >/dev/null
  for file in bin/protoc-gen-cpp-lite include/cpp_lite/options.proto include/cpp_lite/options.pb.h \
              include/cpp_lite/generated.h; do
    [ -e "$prefix/$file" ] || fail "$file is not installed"
  done
  ! grep -rlF -e "$source_root" -e "$BUILD" "$prefix" --include='*.cmake' --include='*.pc' ||
    fail "an installed file names the tree that it was built from"
}

find_package() {
  local dir
  dir=$(fresh find_package)
  configure "$here/shop" "$dir" Ninja -DVIA=package
  build "$dir"
  expect_shop "$dir/shop"
}

# The README's first screen, word for word (the test examples.readme compares it with these files), and run; like there, without
# a word about the standard.
quickstart() {
  local dir server port said standard=()
  dir=$(fresh quickstart)
  cp "$source_root"/examples/quickstart/* "$dir"
  configure "$dir" "$dir/build" Ninja
  build "$dir/build"
  mkfifo "$dir/said"
  "$dir/build/hello_server" 127.0.0.1:0 >"$dir/said" &
  server=$!
  read -r -t 60 port <"$dir/said" || true
  said=$(timeout 60 "$dir/build/hello_client" "127.0.0.1:${port##* }") || true
  kill "$server"
  [ "$said" = 'Hello, world!' ] || fail "it said: $said"
}

# store NAME ADDRESS EXPECTED [BESIDE]: a store is a component: asked for, and found with the library that it needs. EXPECTED begins
# what its check() says of that address.
store() {
  local dir said
  [ -e "$prefix/lib/cmake/cpp_lite/cpp_lite-$1-targets.cmake" ] || skip "built without it"
  dir=$(fresh "$1")
  configure "$here/store" "$dir" Ninja -DSTORE="$1" -DBESIDE="${4:-}"
  build "$dir"
  said=$("$dir/store" "${2/DIR/$dir}" 2>"$dir/log") || true
  [[ $said == "$3"* ]] || fail "it said '$said' instead of '$3': $(cat "$dir/log")"
  # Where the component is not, asking for it is an error.
  rm -rf "$dir/prefix"
  cp -r "$prefix" "$dir/prefix"
  rm "$dir"/prefix/lib/cmake/cpp_lite/cpp_lite-"$1"-targets*.cmake
  ! configure "$here/store" "$dir/without" Ninja -DSTORE="$1" -DCMAKE_PREFIX_PATH="$dir/prefix" >"$dir/log" 2>&1 ||
    fail "a missing component was found"
  grep -q "$1" "$dir/log" || fail "it does not say what is missing: $(cat "$dir/log")"
}
postgres_store() { store postgres_store 'host=DIR' 'UNAVAILABLE: '; }
redis_store() { store redis_store 'unix:DIR/none' 'UNAVAILABLE: '; }
# Beside it another component, which may be there, and the tool beside the plugin.
sqlite_store() {
  store sqlite_store DIR/store.db OK tls
  [ ! -e "$prefix/lib/cmake/cpp_lite/cpp_lite-tls-targets.cmake" ] ||
    [ "$("$WORK/sqlite_store/secure")" = 'TLS: a server needs a certificate' ] || fail "no TLS: $("$WORK/sqlite_store/secure")"
  "$prefix/bin/cpp-lite-keys" "sqlite:$WORK/sqlite_store/store.db" list >/dev/null || fail "cpp-lite-keys does not open it"
}

# The library in the user's own build, optimized, shared, and file by file, which the other builds of the tests do in units: by
# add_subdirectory, and then by FetchContent in the same place, which compiles nothing of it again, because it is the same build.
# Without OpenSSL there is no component that needs it. What is installed from here, shared_library and the guard of bench/ look at.
from_source() {
  local dir
  dir=$(fresh from_source)
  BUILD_TYPE=Release configure "$here/shop" "$dir" Ninja -DVIA=subdirectory -DCPP_LITE_SOURCE="$source_root" "${own_flags[@]}" \
    -DCPP_LITE_UNITY=OFF -DBUILD_SHARED_LIBS=ON -DCPP_LITE_INSTALL=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON
  build "$dir"
  expect_shop "$dir/shop"
  expect_work "$dir"
  # The plugin is built here, so a new one is a reason to generate again. (Our own services are not part of the user's "all".)
  find "$dir" -type f -name protoc-gen-cpp-lite -delete
  expect_work "$dir" "${protos[@]}"
  expect_work "$dir"
  rm "$dir/shop"
  BUILD_TYPE=Release configure "$here/shop" "$dir" Ninja -DVIA=fetchcontent
  build "$dir" shop | tee "$dir/log"
  ! grep -E 'Building.*(runtime|plugin)/' "$dir/log" || fail "FetchContent builds another library than add_subdirectory"
  expect_shop "$dir/shop"
  build "$dir" _deps/cpp_lite-build/all
  cmake --install "$dir/_deps/cpp_lite-build" --prefix "$WORK/shared" >/dev/null
}

# The library in the user's own build, all of it optimized when the program is linked: nothing is defined twice in two ways.
lto() {
  local dir
  [[ $("$CXX" --version) != *clang* ]] || skip "Debian's clang 14 links such with another linker"
  dir=$(fresh lto)
  # No other linker than g++'s own understands what it leaves to it.
  LDFLAGS='' BUILD_TYPE=Release configure "$here/shop" "$dir" Ninja -DVIA=subdirectory -DCPP_LITE_SOURCE="$source_root" -DCPP_LITE_UNITY=ON \
    -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -DCMAKE_CXX_FLAGS='-Werror=odr -Werror=lto-type-mismatch'
  build "$dir" shop
  expect_shop "$dir/shop"
}

# Debian's plain tools: protoc, pkg-config and the compiler.
pkg_config() {
  local dir
  dir=$(fresh pkg_config)
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  protoc -I"$here/shop/proto" -I"$(pkg-config --variable=includedir cpp-lite)" \
    --plugin="$(pkg-config --variable=plugin cpp-lite)" --cpp_out="$dir" --cpp-lite_out="$dir" \
    "$here"/shop/proto/common/v1/money.proto "$here"/shop/proto/shop/v1/shop.proto
  # Unquoted: several words.
  "$CXX" -std=c++20 -I"$dir" "$here/shop/main.cc" "$dir"/common/v1/money.pb.cc "$dir"/shop/v1/shop.pb.cc \
    "$dir"/shop/v1/shop.lite.cc $(pkg-config --cflags --libs cpp-lite cpp-lite-options) -o "$dir/program"
  expect_shop "$dir/program"
}

# incremental GENERATOR FOLDER: no work without a change, and just enough work with one; spaces in paths do no harm.
incremental() {
  local generator=$1 dir
  dir=$(fresh "$2")
  cp -r "$here/shop" "$dir/shop"
  cp "$prefix/bin/protoc-gen-cpp-lite" "$dir/plugin"
  configure "$dir/shop" "$dir/build" "$generator" -DVIA=package -DCPP_LITE_PLUGIN_EXECUTABLE="$dir/plugin"
  expect_work "$dir/build" "${protos[@]}"
  expect_work "$dir/build"
  touch "$dir/shop/proto/common/v1/money.proto"
  expect_work "$dir/build" common/v1/money.proto shop/v1/shop.proto
  expect_work "$dir/build"
  touch "$dir/plugin"
  expect_work "$dir/build" "${protos[@]}"
  expect_work "$dir/build"
}
incremental_ninja() { incremental Ninja 'incremental ninja'; }
incremental_makefiles() { incremental 'Unix Makefiles' 'incremental makefiles'; }

# A cross build runs the host's tools, by name, and imports no plugin of the target's.
cross_build() {
  local dir tool
  dir=$(fresh cross_build)
  for tool in protoc plugin; do
    printf '#!/bin/sh\necho %s >>"%s/used"\nexec "$%s" "$@"\n' $tool "$dir" "REAL_$tool" >"$dir/$tool"
    chmod +x "$dir/$tool"
  done
  export REAL_protoc=$(command -v protoc) REAL_plugin=$prefix/bin/protoc-gen-cpp-lite
  configure "$here/shop" "$dir/build" Ninja -DVIA=package -DCMAKE_SYSTEM_NAME=Linux -DCPP_LITE_PROTOC_EXECUTABLE="$dir/protoc" \
    -DCPP_LITE_PLUGIN_EXECUTABLE="$dir/plugin" >"$dir/log"
  grep -q 'the plugin is no target' "$dir/log" || fail "a cross build imported the plugin: $(cat "$dir/log")"
  expect_work "$dir/build" "${protos[@]}"
  [ "$(sort "$dir/used" | uniq -c | awk '{print $1 $2}' | xargs)" = "3plugin 3protoc" ] || fail "used: $(cat "$dir/used")"
}

# A shared library has its version in its name and exports what carries CPP_LITE_API, no room's inside; the components need no more
# of it than that. A packager who builds the runtime alone needs no libprotoc.
shared_library() {
  local dir inside
  dir=$(fresh shared_library)
  [[ $(readelf -d "$WORK/shared/lib/libcpp_lite.so") =~ SONAME.*libcpp_lite\.so\.[0-9]+\.[0-9]+\] ]] || fail "no version in the SONAME"
  inside=$(nm -DC --defined-only "$WORK/shared/lib/libcpp_lite.so" |
    grep -E '^[0-9a-f]+ . (([a-z-]+ )+for )?(cpp_lite::(base|config|wire|h2|io|client|server|policy)|asio)::|nghttp2' || true)
  [ -z "$inside" ] || fail "exported: $(head -n 5 <<<"$inside")"
  component idempotency -lcrypto
  component sqlite_store "$dir/libcpp_lite_idempotency.so" -lsqlite3
  component postgres_store "$dir/libcpp_lite_idempotency.so" -lpq
  component redis_store "$dir/libcpp_lite_idempotency.so" -lhiredis
  component tls -lssl -lcrypto
  configure "$here/shop" "$dir/shop" Ninja -DVIA=package -DCMAKE_PREFIX_PATH="$WORK/shared"
  build "$dir/shop"
  expect_shop "$dir/shop/shop"
  configure "$source_root" "$dir/build" Ninja -DCPP_LITE_BUILD_PLUGIN=OFF -DCPP_LITE_BUILD_TESTS=OFF -DCPP_LITE_BUILD_EXAMPLES=OFF
  ! grep -q -e libprotoc -e protoc-gen-cpp-lite "$dir/build/build.ninja" || fail "the plugin is built all the same"
}
# component NAME libraries...: links what was compiled of it, whole, with the shared library and these.
component() {
  local archive=$prefix/lib/libcpp_lite_$1.a
  [ -e "$archive" ] || return 0   # built without it
  "$CXX" -shared -Wl,-z,defs -o "$dir/libcpp_lite_$1.so" -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "${@:2}" \
    "$WORK/shared/lib/libcpp_lite.so" -lprotobuf-lite || fail "$1 needs what the shared library does not export"
}

# The plugin alone, in an empty folder and environment: protoc needs nothing else of ours.
plugin_alone() {
  local dir
  dir=$(fresh plugin_alone)
  cp "$prefix/bin/protoc-gen-cpp-lite" "$dir"
  ! ldd "$dir/protoc-gen-cpp-lite" | grep -E 'cpp_lite|nghttp2' || fail "the plugin links the runtime"
  (cd "$dir" && env -i PATH="$dir:/usr/bin:/bin" protoc -I"$here/shop/proto" --cpp-lite_out=. shop/v1/stock.v1.proto)
  [ -s "$dir/shop/v1/stock.v1.lite.h" ] && [ -s "$dir/shop/v1/stock.v1.lite.cc" ] || fail "nothing was generated"
}

# A client over LITE_RUNTIME messages, whose .proto imports our options, loads these libraries and no others; so does a server with
# health and reflection.
lite_links_little() {
  local dir loaded strangers program
  dir=$(fresh lite_links_little)
  configure "$here/lite" "$dir" Ninja
  build "$dir"
  for program in lite server; do
    "$dir/$program" || fail "the program $program exits with $?"
    loaded=$(ldd "$dir/$program" | awk '{print $1}')
    strangers=$(printf '%s\n' "$loaded" |
      grep -vE '^(linux-vdso|libnghttp2|libprotobuf-lite|libz|libstdc\+\+|libm|libgcc_s|libc)\.so|ld-linux' || true)
    [ -z "$strangers" ] || fail "also loaded by $program: $strangers"
    [[ $loaded == *libprotobuf-lite* ]] || fail "ldd shows no libprotobuf-lite: is it the real program?"
  done
}

# What including a generated header costs over the bare .pb.h.
header_budget() {
  local dir bare full budget=10000
  dir=$(fresh header_budget)
  protoc -I"$here/shop/proto" --plugin="$prefix/bin/protoc-gen-cpp-lite" --cpp_out="$dir" --cpp-lite_out="$dir" \
    shop/v1/stock.v1.proto
  count() { "$CXX" -std=c++20 -E -P -I"$prefix/include" -I"$dir" "$dir/shop/v1/stock.v1.$1" | wc -l; }
  bare=$(count pb.h)
  full=$(count lite.h)
  echo "preprocessed lines: $bare for the .pb.h, $full with the .lite.h, $((full - bare)) more (budget $budget)"
  [ "$bare" -gt 1000 ] && [ "$full" -gt "$bare" ] || fail "these numbers cannot be right"
  [ $((full - bare)) -le $budget ] || fail "over the budget"
}

case $1 in
  misuse | buf) source "$here/$1.sh" ;;
esac
"$1"
