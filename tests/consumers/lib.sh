# Words for the consumer tests; sourced by run.sh. From the environment: CXX, BUILD (the build under test), WORK (a folder
# to write in), BUILD_TYPE, EXTENSIONS, WERROR, UNITY.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../.." && pwd)
prefix=$WORK/prefix

# How our own sources are compiled here.
own_flags=(-DCPP_LITE_WERROR="$WERROR" -DCPP_LITE_UNITY="$UNITY")

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
skip() { printf 'SKIP: %s\n' "$*"; exit 77; }

# fresh DIR: an empty folder of that name below WORK; prints its path.
fresh() {
  rm -rf "${WORK:?}/$1"
  mkdir -p "$WORK/$1"
  printf '%s' "$WORK/$1"
}

# A project that asks for no standard has the one that our targets ask for: such a case empties this.
standard=(-DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_EXTENSIONS="$EXTENSIONS")

# configure SOURCE BUILD GENERATOR [cmake arguments...], with the compiler and flags of the build under test
configure() {
  local source=$1 build=$2 generator=$3
  shift 3
  cmake -S "$source" -B "$build" -G "$generator" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_BUILD_TYPE="$BUILD_TYPE" \
    "${standard[@]}" -DCMAKE_PREFIX_PATH="$prefix" "$@"
}

# build DIR [targets...]
build() {
  local dir=$1
  shift
  cmake --build "$dir" --parallel 2 ${1:+--target "$@"}
}

# expect_work DIR [FILE.proto...]: builds, and exactly these files are generated; without any, nothing is done at all.
expect_work() {
  local dir=$1 log generated wanted
  shift
  log=$(build "$dir" 2>&1) || { printf '%s\n' "$log"; fail "does not build"; }
  generated=$(sed -n 's/.*Generating C++ from //p' <<<"$log" | sort)
  wanted=$(printf '%s\n' "$@" | sort)
  [ "$generated" = "$wanted" ] || { printf '%s\n' "$log"; fail "generated [$generated] instead of [$wanted]"; }
  [ $# -gt 0 ] || ! grep -E 'Building|Linking' <<<"$log" || fail "a build without changes did work"
}

# expect_shop PROGRAM: the consumer's program makes a call through the library.
expect_shop() {
  local printed
  printed=$("$1") || fail "$1 exits with $?: $printed"
  [ "$printed" = "lamp: 4200 EUR" ] || fail "$1 printed: $printed"
}
