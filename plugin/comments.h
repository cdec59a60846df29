// Comments of a .proto as lines of C++ comment. Their text is hostile input: whatever it holds, the
// result is inert for compilers, protoc's insertion points, clang-format and clang-tidy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::plugin {

// The comments around one element, as google::protobuf::SourceLocation has them.
struct Comments {
  std::vector<std::string> detached;
  std::string leading;
  std::string trailing;
};

// Lines that begin with "//", each ended by a newline; nothing for no text. Detached comments come
// first, each followed by an empty line; the trailing comment counts only if there is no leading
// one.
std::string to_comment(const Comments& comments);

// One comment text as lines that begin with "//". Blank lines at its ends go away.
std::string to_comment(std::string_view text);

}  // namespace cpp_lite::plugin
