// Base64 as gRPC uses it for binary metadata (RFC 4648 section 4): written without padding, read
// with or without.
#pragma once

#include <string>
#include <string_view>

namespace cpp_lite::wire {

void base64_encode(std::string_view bytes, std::string& out);  // appends
// Appends; false, with `out` as it was, for what is no base64.
bool base64_decode(std::string_view text, std::string& out);
bool is_base64(std::string_view text);

}  // namespace cpp_lite::wire
