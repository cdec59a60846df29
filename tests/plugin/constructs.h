// Protos made of constructs that break generators; constructs_test.cc compiles what comes out.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::plugin {

// File name and text.
const std::vector<std::pair<std::string, std::string>>& construct_protos();

}  // namespace cpp_lite::plugin
