#!/usr/bin/env bash
# check.sh CASE: one promise of the tree. WORK is a folder to write in, CXX the compiler.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

fail() { printf '%s\n' "$*"; exit 1; }
hand_written() { bash "$here/sources.sh"; find dev .ci cmake tests -name '*.py' -o -name '*.sh' -o -name '*.cmake' -o -name dev; }

# The check itself can fail: a tree of one file that breaks four rules is reported four times.
wrong_includes_are_seen() {
  local tree=$WORK/wrong lines
  rm -rf "$tree"
  mkdir -p "$tree/runtime/wire" "$tree/plugin"
  printf '#include "client/call.h"\n#include <asio.hpp>\n #  include <nghttp2/nghttp2.h>\n#include "wire/frame.h"\n#ifdef X\n#endif\n' \
    >"$tree/runtime/wire/a.cc"
  lines=$(python3 "$here/include_direction.py" "$tree") && fail "wrong includes were not seen"
  [ "$(wc -l <<<"$lines")" = 4 ] || fail "expected four faults: $lines"
}

# A binary that crashes, reports a leak at exit or leaves no results must not look like a pass.
lost_tests_are_counted() {
  local run=$WORK/counted/dev status=0 printed
  mkdir -p "$run/test-results"
  printf '%s' '<testsuites><testcase name="a" status="run"/><testcase name="b" status="fail"/>' \
    '<testcase name="c" status="notrun"><system-out>SKIP: no tool</system-out></testcase></testsuites>' \
    >"$run/test-results/ctest.xml"
  printf '<testsuites><testcase classname="S" name="x" status="run"/></testsuites>' >"$run/test-results/b.xml"
  printed=$(python3 cmake/count_tests.py --broken "tsan" "$run" "$WORK/none") || status=$?
  [ "$status" = 1 ] || fail "exit code $status"
  [ "$(tail -n 1 <<<"$printed")" = "2 passed, 3 failed, 1 skipped" ] || fail "$printed"
  grep -q 'skipped  dev: c: no tool' <<<"$printed" || fail "$printed"
}

# On a bare system each word that configures the tests installs what these look for, before it configures.
dev_installs_what_configuring_needs() {
  local tree=$WORK/bare word package
  rm -rf "$tree"
  mkdir -p "$tree/bin"
  cp dev "$tree"
  printf '#!/bin/sh\nexit 1\n' | tee "$tree/bin/dpkg-query" >"$tree/bin/cmake"
  printf '#!/bin/sh\necho 0\n' >"$tree/bin/id"
  printf '#!/bin/sh\necho "$@" >>"%s/installed"\n' "$tree" >"$tree/bin/apt-get"
  chmod +x "$tree"/bin/*
  for word in golden interop test; do
    : >"$tree/installed"
    PATH=$tree/bin:$PATH "$tree/dev" "$word" >"$tree/log" 2>&1 || true
    for package in cmake g++ libgtest-dev python3; do
      grep -q " $package\( \|\$\)" "$tree/installed" || fail "./dev $word does not install $package: $(cat "$tree/log")"
    done
  done
}

files_are_short() {
  local long
  long=$(hand_written | xargs wc -l | awk '$2 != "total" && $1 > 400')
  [ -z "$long" ] || fail "over 400 lines:" "$long"
}

no_paths_of_one_machine() {
  local found
  found=$(grep -rnE '(^|[^[:alnum:]_./$}])/(home|root|work|Users)/' README.md CHANGELOG.md CONTRIBUTING.md docs dev cmake examples \
    --include='*' 2>/dev/null || true)
  [ -z "$found" ] || fail "$found"
}

sources_are_formatted() {
  local tool
  tool=$(command -v clang-format-14) || { echo "SKIP: clang-format-14 is not installed"; exit 77; }
  bash "$here/sources.sh" | xargs "$tool" --dry-run --Werror
}

# Whoever has the tree has what its pages link to, and what its comments name.
documents_exist() {
  local file named missing=
  while IFS=: read -r file named; do
    [ -e "$named" ] || missing+="$file: $named"$'\n'
  done < <(hand_written | xargs grep -oHE '\bdocs/[[:alnum:]_/-]+\.md\b')
  while IFS=: read -r file named; do
    named=${named:2:-1}
    [ -e "$(dirname "$file")/$named" ] || missing+="$file: $named"$'\n'
  done < <(find . -name '*.md' -not -path './build/*' -exec grep -oHE '\]\([^)#: ]+[)#]' {} +)
  [ -z "$missing" ] || fail "$missing"
  ! hand_written | xargs grep -nE '(^|[^/[:alnum:]])(calls|architecture|generator|suites)\.md' || fail "documents that are not in the tree"
}

# A public header needs nothing included before it.
headers_stand_alone() {
  local header
  for header in runtime/include/cpp_lite/*.h; do
    "$CXX" -std=c++20 -Wall -Wextra -Wconversion -Werror -fsyntax-only -Iruntime/include -include "$PWD/$header" -x c++ /dev/null ||
      fail "$header does not compile alone"
  done
}

# tests/retries/rules.md has each rule of retries, and names tests that exist.
rules_have_tests() {
  local table=tests/retries/rules.md tests rule named
  tests=$(find tests -name '*_test.cc' -exec cat {} + | tr '\n' ' ' | grep -oE 'TEST(_F|_P)?\( *[[:alnum:]]+, *[[:alnum:]]+' |
    sed -E 's/.*\( *//; s/, */./')
  for rule in R{1..57} R50{a,b,c}; do
    grep -qE "^\| $rule \| (.*[[:alnum:]]\.[[:alnum:]]|not done: docs/decisions/)" "$table" || fail "$rule has no test in $table"
  done
  for named in $(grep '^| R' "$table" | grep -oE '[[:upper:]][[:alnum:]]+\.[[:upper:]][[:alnum:]]+'); do
    grep -qxF "$named" <<<"$tests" || fail "$table names $named, which does not exist"
  done
}

"$1"
