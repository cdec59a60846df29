// C++ identifiers for the names of a .proto. Pure functions; they know nothing of protobuf.
//
// A name stays verbatim wherever C++ allows it, because people search for it; otherwise it gets "_"
// at its end, as protoc does it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::plugin {

// True for words of the C++20 language. Contextual ones (final, override, import, module) are none.
bool is_keyword(std::string_view name);

// True for what cannot name a member or class: keywords, macros of the C and C++ libraries that a
// server plausibly includes, and what begins with "__" or with "_" and a capital letter.
bool needs_escape(std::string_view name);

// True for [A-Za-z_][A-Za-z0-9_]*.
bool is_identifier(std::string_view text);

// The C++ names of one scope, in the order of `names`. `taken` are the scope's fixed names. Names
// that need no change get theirs first; the others take "_" until they are free. The result depends
// on nothing else, so that a change elsewhere renames nothing here.
std::vector<std::string> allocate(const std::vector<std::string>& names,
                                  const std::set<std::string>& taken);

// Part of an identifier that no other path has: each byte that is not a letter or digit becomes "_"
// and two hex digits.
std::string file_identifier(std::string_view path);

}  // namespace cpp_lite::plugin
