// Templates: a whole declaration as a raw string with $holes$, so that the output can be seen in
// the source. Pure functions; they know nothing of protobuf.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cpp_lite::plugin {

using Holes = std::map<std::string_view, std::string>;

// Removes the template's common indentation and its first line if that is empty, and fills the
// holes. A hole that stands alone on its line is a block: each of its lines gets the hole's
// indentation, and the line goes away when the block is empty. What was filled in is not scanned
// again, so a $ in it is harmless. Throws std::invalid_argument on a hole that nobody fills.
std::string fill(std::string_view text, const Holes& holes);

// The shortest text that is this number: "1.3", "2", "1e+20"; "nan" and "inf" for what is none.
std::string number_literal(double number);

}  // namespace cpp_lite::plugin
