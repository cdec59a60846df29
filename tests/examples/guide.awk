# Makes a C++ file of the blocks of the guide's pages, each in a coroutine that knows what guide_scope.h declares.
BEGIN { print "#include \"guide_scope.h\"\n" }
/^```cpp$/ {
  inside = 1
  printf "Future<void> block_%d() {\n#line %d \"%s\"\n", ++count, FNR + 1, FILENAME
  next
}
/^```$/ && inside { inside = 0; print "  co_return;\n}\n" }
inside { print }
END { if (count < 24) { print "#error \"the guide has fewer blocks of code than it had\"" } }
