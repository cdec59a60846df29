# cpp_lite_generate says what is wrong with a call; sourced by run.sh.

# refused MESSAGE CMAKE-CODE: configuring a project with that call fails with that message (white space aside).
refused() {
  local message=$1 code=$2 log
  {
    echo 'cmake_minimum_required(VERSION 3.25)'
    echo 'project(misuse LANGUAGES NONE)'
    echo "set(CPP_LITE_OPTIONS_IMPORT_DIR \"$prefix/include\")"
    echo "include(\"$source_root/cmake/cpp_lite_generate.cmake\")"
    echo 'add_library(protos STATIC)'
    echo "$code"
  } >"$dir/CMakeLists.txt"
  rm -rf "$dir/build"
  ! log=$(cmake -S "$dir" -B "$dir/build" 2>&1) || fail "accepted: $code"
  log=$(tr -s ' \n' '  ' <<<"$log")
  grep -qF "cpp_lite_generate: $message" <<<"$log" || fail "expected: $message; got: $log"
}

misuse() {
  local dir tools='PROTOC /bin/true PLUGIN /bin/true'
  dir=$(fresh misuse)
  mkdir -p "$dir/proto" "$dir/sub"
  echo 'syntax = "proto3";' | tee "$dir/a.proto" >"$dir/proto/b.proto"
  echo 'cpp_lite_generate(TARGET protos PROTOS a.proto)' >"$dir/sub/CMakeLists.txt"
  refused 'unknown arguments [FILES a.proto]' 'cpp_lite_generate(FILES a.proto TARGET protos)'
  refused 'unknown arguments [], keywords without a value [OUT_DIR]' 'cpp_lite_generate(TARGET protos PROTOS a.proto OUT_DIR)'
  refused 'TARGET is missing' 'cpp_lite_generate(PROTOS a.proto)'
  refused 'there is no target other' 'cpp_lite_generate(TARGET other PROTOS a.proto)'
  refused 'target face cannot hold sources' 'add_library(face INTERFACE)
    cpp_lite_generate(TARGET face PROTOS a.proto)'
  refused 'target alias cannot hold sources' 'add_library(alias ALIAS protos)
    cpp_lite_generate(TARGET alias PROTOS a.proto)'
  refused "target protos belongs to $dir" 'add_subdirectory(sub)'
  refused 'PROTOS is empty for target protos' 'cpp_lite_generate(TARGET protos)'
  refused 'no protoc: give the argument, set CPP_LITE_PROTOC_EXECUTABLE' 'cpp_lite_generate(TARGET protos PROTOS a.proto)'
  refused 'no plugin: give the argument, set CPP_LITE_PLUGIN_EXECUTABLE' \
    'cpp_lite_generate(TARGET protos PROTOS a.proto PROTOC /bin/true)'
  refused "$dir/x:y has a \":\" in it" 'cpp_lite_generate(TARGET protos PROTOS a.proto OUT_DIR "${CMAKE_CURRENT_SOURCE_DIR}/x:y")'
  refused "$dir/x\$y has a \"\$\" in it" 'cpp_lite_generate(TARGET protos PROTOS a.proto IMPORT_DIRS "x\$y")'
  refused "$dir/x#y/a.proto has a \"#\" in it" 'cpp_lite_generate(TARGET protos PROTOS "x#y/a.proto")'
  refused "$dir/c.proto does not exist" "cpp_lite_generate(TARGET protos PROTOS c.proto $tools)"
  refused "$dir/a.proto is in none of the import directories: $dir/proto, $dir/sub" \
    "cpp_lite_generate(TARGET protos PROTOS proto/b.proto a.proto IMPORT_DIRS proto sub $tools)"
}
