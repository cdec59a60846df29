// The encoding of grpc-message: text in UTF-8, where bytes other than space to ~, and %, are %XX
// (PROTOCOL-HTTP2.md, "Status-Message").
#pragma once

#include <string>
#include <string_view>

namespace cpp_lite::wire {

void percent_encode(std::string_view text, std::string& out);  // appends
// Never fails: a % without two hex digits behind it stays, as the specification asks.
std::string percent_decode(std::string_view text);

// The text with U+FFFD for every byte that is not part of UTF-8. A peer that parses the same
// message as a protobuf string would refuse it otherwise.
std::string to_utf8(std::string_view text);

}  // namespace cpp_lite::wire
