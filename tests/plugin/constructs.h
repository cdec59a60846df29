// Protos made of constructs that break generators; constructs_test.cc compiles what comes out.
//
// Three constructs need a libprotoc newer than 3.21 and are not here: messages called New, Clear or
// Swap (30 and newer call them New_ ...), messages called requires or co_await (22), and packages
// with a keyword, which 27 escapes and before which errors_test.cc expects an error.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::plugin {

// File name and text.
const std::vector<std::pair<std::string, std::string>>& construct_protos();

}  // namespace cpp_lite::plugin
