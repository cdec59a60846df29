#!/bin/sh
# regenerate.sh BUILD_DIR: writes the golden output beside testdata/*.proto with a build's plugin.
set -eu
build=${1:?usage: regenerate.sh BUILD_DIR}
plugin=$build/bin/protoc-gen-cpp-lite
[ -x "$plugin" ] || { echo "no plugin at $plugin: build protoc-gen-cpp-lite first" >&2; exit 1; }
case $plugin in /*) ;; *) plugin=$PWD/$plugin ;; esac
cd "$(dirname "$0")/../../testdata"
# Files whose .proto is gone would stay otherwise.
find . -name '*.lite.h' -exec rm {} + -o -name '*.lite.cc' -exec rm {} +
find . -name '*.proto' | sed 's|^\./||' | sort | while read -r proto; do
  "${PROTOC:-protoc}" -I. -I../runtime/proto --plugin=protoc-gen-cpp-lite="$plugin" \
    --cpp-lite_out=. "$proto"
done
