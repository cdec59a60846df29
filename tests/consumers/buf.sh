# The real buf, from npm, with protoc's own C++ messages and our plugin: our output is the same bytes as from protoc. Sourced by
# run.sh.

# Puts buf into WORK/buf_install; skips where there is no npm, which brings hundreds of packages with it on Debian 12.
install_buf() {
  local home=$WORK/buf_install
  if [ ! -x "$home/node_modules/.bin/buf" ]; then
    command -v npm >/dev/null || skip "buf comes from npm, and npm is not installed"
    npm install --prefix "$home" --no-audit --no-fund @bufbuild/buf@1.75.0 >"$WORK/buf_install.log" 2>&1 ||
      fail "npm install @bufbuild/buf@1.75.0 failed: $(tail -n 1 "$WORK/buf_install.log")"
  fi
}

buf() {
  local dir strategy files
  install_buf
  dir=$(fresh buf)
  mkdir -p "$dir/proto" "$dir/options/cpp_lite" "$dir/protoc"
  cp -r "$here"/shop/proto/. "$dir/proto"
  (cd "$source_root/testdata" && find payments users -name '*.proto' -exec cp --parents {} "$dir/proto" \;)
  cp "$prefix/include/cpp_lite/options.proto" "$dir/options/cpp_lite"
  printf 'version: v2\nmodules:\n  - path: proto\n  - path: options\n' >"$dir/buf.yaml"
  files=$(cd "$dir/proto" && find . -name '*.proto' -printf '%P\n' | sort)
  # Unquoted: one word a file.
  protoc -I"$dir/proto" -I"$dir/options" --plugin="$prefix/bin/protoc-gen-cpp-lite" --cpp_out="$dir/protoc" \
    --cpp-lite_out="$dir/protoc" $files
  for strategy in directory all; do
    printf '%s\n' 'version: v2' 'clean: true' 'plugins:' '  - protoc_builtin: cpp' "    out: $strategy" \
      "  - local: $prefix/bin/protoc-gen-cpp-lite" "    out: $strategy" "    strategy: $strategy" >"$dir/buf.gen.yaml"
    (cd "$dir" && "$WORK/buf_install/node_modules/.bin/buf" generate proto)
    diff -r --exclude='*.pb.*' "$dir/protoc" "$dir/$strategy" || fail "with strategy $strategy our output differs"
    diff <(cd "$dir/protoc" && find . | sort) <(cd "$dir/$strategy" && find . | sort) || fail "other files with $strategy"
  done
  # buf hands protoc descriptors instead of text, so comments in its messages differ, but nothing that counts.
  "$CXX" -std=c++20 -fsyntax-only -I"$prefix/include" -I"$dir/all" "$dir/all/payments/v1/payments.lite.cc"
}
